"""The results as JSON and as Markdown."""

import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import mmaction
import mmengine
import mmpretrain
import timm
import torch

from ..files import replacing

COLUMNS = ('frames', 'ms a batch', 'clips/s', 'ratio (quartiles)', 'peak memory')


def conditions(device: str) -> dict:
    """Machine, versions, command line and date."""
    here = f'{Path.cwd()}{os.sep}'
    return {
        'machine': {
            'device': _device_name(device),
            'cores': os.cpu_count(),
            'threads': torch.get_num_threads(),
            'system': f'{platform.system()} {platform.machine()}',
        },
        'versions': {
            'python': platform.python_version(),
            'torch': torch.__version__,
            'mmaction2': mmaction.__version__,
            'mmpretrain': mmpretrain.__version__,
            'mmengine': mmengine.__version__,
            'timm': timm.__version__,
        },
        'command': shlex.join(['python', *(part.removeprefix(here) for part in sys.argv)]),
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
    }


def _device_name(device: str) -> str:
    if device != 'cpu' and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    info = Path('/proc/cpuinfo')
    named = info.is_file() and re.search(r'model name\s*:\s*(.+)', info.read_text())
    return named[1] if named else platform.processor() or platform.machine()


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
    per_frame = len(settings['frames']) > 1
    for kind in settings['passes']:
        head = [kind, *COLUMNS, *(['time per frame'] if per_frame else [])]
        table = [head, ['---'] * len(head)]
        for row in report['rows']:
            if row['pass'] == kind:
                low, high = row['ratio_quartiles']
                table.append(
                    [
                        row['model'],
                        str(row['frames']),
                        f'{1000 * row["seconds"]:.1f}',
                        f'{row["clips_per_second"]:.3g}',
                        f'{row["ratio"]:.3f} ({low:.3f} to {high:.3f})',
                        f'{row["peak_bytes"] / 2**20:.0f} MiB ({row["memory_ratio"]:.3f})',
                        *([f'{row["frame_ratio"]:.3f}'] if per_frame else []),
                    ]
                )
        lines += ['', *(f'| {" | ".join(cells)} |' for cells in table)]
    return '\n'.join(lines) + '\n'


def data_markdown(report: dict) -> str:
    """What :func:`~.data.data_rates` found: the bound, ways to load, numbers of GPUs."""
    found = report['data']
    ways, best = found['ways'], max(found['ways'], key=_rate_in(found['ways']))
    lines = [
        f'A worker decodes and augments {found["clips_per_second_per_worker"]:.3g} clips/s '
        f'({found["way"]}), {found["workers"]} of them, each on a core, '
        f'{found["loader_clips_per_second"]:.3g}; the model trains on '
        f'{found["model_clips_per_second"]:.3g}. The {found["bound"]} bounds an epoch of '
        f'{found["clips"]} clips to {found["epoch_seconds"]:.4g} s; '
        f'{found["workers_to_keep_up"]} workers keep up with the model.',
        '',
        '| way to load | clips/s of a core | ratio | ms of a clip |',
        '| --- | --- | --- | --- |',
    ]
    for name, way in ways.items():
        stages = sorted(way['stages'].items(), key=lambda item: -item[1])
        parts = ', '.join(f'{stage} {ms:.1f}' for stage, ms in stages if ms >= 0.1)
        lines.append(
            f'| {name} | {way["clips_per_second"]:.1f} | {way["ratio"]:.2f} | {parts} |'
        )
    shown = dict.fromkeys((found['way'], best))
    heads = [f'cores: {name} | MB/s | bound' for name in shown]
    lines += [
        '',
        f'| GPUs | clips/s | cores there are | {" | ".join(heads)} |',
        '| --- | --- | --- |' + ' --- | --- | --- |' * len(shown),
    ]
    for row in found['supply']:
        cells = [
            f'{row["cores"][name]:.1f} | {row["megabytes_per_second"][name]:.3g} | '
            f'{row["bound"][name]}'
            for name in shown
        ]
        lines.append(
            f'| {row["gpus"]} | {row["clips_per_second"]:.3g} | {row["cores_there"]} | '
            f'{" | ".join(cells)} |'
        )
    lines += [
        '',
        'The cores there are: those of this machine for each 8 GPUs, and at most one for '
        'each worker. MB/s is what must be read.',
    ]
    gain = ways[best]['clips_per_second'] / found['clips_per_second_per_worker']
    lines += ['', advice(found, best, gain)]
    return '\n'.join(lines) + '\n'


def advice(found: dict, best: str, gain: float) -> str:
    """What would help most, in a sentence or two."""
    way, rows = found['way'], found['supply']
    if all(row['bound'][way] == 'model' for row in rows):
        return 'The loader keeps up: nothing of this would make training faster.'
    rates = {name: found['ways'][name]['clips_per_second'] for name in found['ways']}
    single = max(
        (name for name in rates if ', ' not in name.removeprefix(f'{way}, ')), key=rates.get
    )
    texts = [f'"{way}", as now, is the fastest of these ways.']
    if best != way:
        texts = [
            f'One change that helps most is "{single}": {rates[single] / rates[way]:.2f} '
            'times as many clips a second as now.'
        ]
    if best != single:
        texts.append(f'All together, "{best}": {gain:.2f} times.')
    short = [str(row['gpus']) for row in rows if row['bound'][best] == 'loader']
    if short:
        texts.append(f'The loader then still bounds {", ".join(short)} GPUs.')
    if 'OpenCV' in best:
        texts.append("It changes pixels a little: ClipAutoAugment(backend='cv2').")
    if not any('transcoded' in name for name in found['ways']):
        texts.append(
            'To time transcoded files too, run tools/data/transcode.py LIST OUT --preview '
            'and give --transcoded OUT.'
        )
    stages = found['ways'][best]['stages']
    slowest = max(stages, key=stages.get)
    texts.append(
        f'There, {slowest} takes most of the time, {stages[slowest]:.1f} of '
        f'{sum(stages.values()):.1f} ms.'
    )
    return ' '.join(texts)


def _rate_in(ways: dict[str, dict]) -> Callable[[str], float]:
    return lambda name: ways[name]['clips_per_second']


def write_json(report: dict, path: str | Path) -> None:
    """Write the file completely, or leave the old one."""
    with replacing(path, 'w') as file:
        file.write(json.dumps(report, indent=2) + '\n')


def write_section(text: str, path: str | Path, section: str | None = None) -> None:
    """Write Markdown to a file, or replace one section of a file.

    Args:
        text (str): The Markdown.
        path (str | Path): The file.
        section (str, optional): Replace only the text between the lines
            ``<!-- benchmark:SECTION -->`` and ``<!-- /benchmark:SECTION -->``.

    Raises:
        ValueError: If the file does not have each line once, in this order.
    """
    path = Path(path)
    if section is not None:
        begin, end = f'<!-- benchmark:{section} -->', f'<!-- /benchmark:{section} -->'
        lines = f'({re.escape(begin)}|{re.escape(end)})'
        parts = re.split(lines, path.read_text(encoding='utf-8'))
        if parts[1::2] != [begin, end]:
            raise ValueError(f'{path} must have the lines {begin} and {end}, each once')
        text = f'{parts[0]}{begin}\n\n{text}\n{end}{parts[4]}'
    with replacing(path, 'w', encoding='utf-8') as file:
        file.write(text)
