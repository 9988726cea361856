"""What was measured, for machines and for people."""

import json
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

PACKAGES = ('mmaction2', 'mmpretrain', 'mmengine', 'timm')
COLUMNS = ('model', 'frames', 'ms a batch', 'clips/s', 'ratio (quartiles)', 'peak memory')


def conditions(device: str) -> dict:
    """Machine, versions, command line and date."""
    gpu = device != 'cpu' and torch.cuda.is_available()
    return {
        'machine': {
            'device': torch.cuda.get_device_name(device) if gpu else _cpu_name(),
            'cores': os.cpu_count(),
            'threads': torch.get_num_threads(),
            'system': f'{platform.system()} {platform.machine()}',
        },
        'versions': {
            'python': platform.python_version(),
            'torch': torch.__version__,
            **{name: found for name in PACKAGES if (found := _version(name))},
        },
        'command': shlex.join(['python', *_relative(sys.argv)]),
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
    }


def markdown(report: dict) -> str:
    """The conditions in a line or two, then a table for each pass."""
    machine, settings = report['machine'], report['settings']
    versions = ', '.join(f'{name} {found}' for name, found in report['versions'].items())
    lines = [
        f'{machine["device"]}, {machine["threads"]} of {machine["cores"]} cores; '
        f'{versions}; '
        f'{settings["dtype"]}{", compiled" if settings["compile"] else ""}; '
        f'clips of {settings["side"]} x {settings["side"]} pixels, batches of '
        f'{settings["batch"]}; medians of {settings["rounds"]} rounds in turn; '
        f'{report["date"][:10]}. Ratios are to `{report["baseline"]}`.',
        '',
        f'`{report["command"]}`',
    ]
    for kind in settings['passes']:
        rows = [row for row in report['rows'] if row['pass'] == kind]
        per_frame = len({row['frames'] for row in rows}) > 1
        head = [kind, *COLUMNS[1:], *(['time per frame'] if per_frame else [])]
        lines += ['', _line(head), _line(['---'] * len(head))]
        for row in rows:
            low, high = row['ratio_quartiles']
            cells = [
                row['model'],
                str(row['frames']),
                f'{1000 * row["seconds"]:.1f}',
                f'{row["clips_per_second"]:.3g}',
                f'{row["ratio"]:.3f} ({low:.3f} to {high:.3f})',
                f'{row["peak_bytes"] / 2**20:.0f} MiB ({row["memory_ratio"]:.3f})',
            ]
            if per_frame:
                cells.append(f'{row["frame_ratio"]:.3f}')
            lines.append(_line(cells))
    return '\n'.join(lines) + '\n'


def write_json(report: dict, path: str | Path) -> None:
    """Write whole or not at all."""
    _write(Path(path), json.dumps(report, indent=2) + '\n')


def write_section(text: str, path: str | Path, section: str | None = None) -> None:
    """Write Markdown, or replace a section of a file that has more.

    Args:
        text (str): The Markdown.
        path (str | Path): The file.
        section (str, optional): Replace only what stands between the lines
            ``<!-- benchmark:SECTION -->`` and ``<!-- /benchmark:SECTION -->``.

    Raises:
        ValueError: If the file has not both lines once, in this order.
    """
    path = Path(path)
    if section is not None:
        begin, end = f'<!-- benchmark:{section} -->', f'<!-- /benchmark:{section} -->'
        whole = path.read_text(encoding='utf-8')
        if (
            whole.count(begin) != 1
            or whole.count(end) != 1
            or whole.find(end) < whole.find(begin)
        ):
            raise ValueError(f'{path} must have the lines {begin} and {end}, each once')
        before, _, rest = whole.partition(begin)
        text = f'{before}{begin}\n\n{text}\n{end}{rest.partition(end)[2]}'
    _write(path, text)


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f'{path.name}.partial')
    partial.write_text(text, encoding='utf-8')
    os.replace(partial, path)


def _line(cells: Sequence[str]) -> str:
    return f'| {" | ".join(cells)} |'


def _relative(arguments: Sequence[str]) -> list[str]:
    """Command line without the folders that only this machine has."""
    here = f'{Path.cwd()}{os.sep}'
    return [argument.removeprefix(here) for argument in arguments]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu_name() -> str:
    info = Path('/proc/cpuinfo')
    lines = info.read_text().splitlines() if info.is_file() else ()
    names = [
        line.split(':', 1)[1].strip() for line in lines if line.startswith('model name')
    ]
    return names[0] if names else platform.processor() or platform.machine()
