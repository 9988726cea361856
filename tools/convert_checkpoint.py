"""Convert a checkpoint of the authors, or an image model's, for this plugin.

``xvit``, ``laps-vit`` and ``tps`` give a recognizer's checkpoint (``backbone.*`` and
``cls_head.*``). The arguments that the file tells are printed, and written into ``meta``.
The other sources give a backbone's checkpoint, for
``init_cfg=dict(type='Pretrained', checkpoint=DST)``.
"""

import argparse
from pathlib import Path

import torch
from mmengine.config import Config

import projects.xvit  # noqa: F401  (its repairs)
from projects.xvit.checkpoints import CONVERTERS, DESCRIBERS
from projects.xvit.checkpoints.arguments import in_words
from projects.xvit.checkpoints.read import read_checkpoint, weights_of
from projects.xvit.checkpoints.verify import Report, check_model
from projects.xvit.files import replacing


def convert(source: str, src: Path, dst: Path, config: Path | None = None) -> list[str]:
    """Convert ``src`` and write ``dst``, which appears only when it is complete.

    Args:
        source (str): The format of ``src``.
        src (Path): The checkpoint to convert.
        dst (Path): The checkpoint to write.
        config (Path, optional): A config whose model must be that of ``src``.

    Returns:
        list[str]: What was written, and the arguments that ``src`` tells.

    Raises:
        ValueError: If ``src`` has no such weights, or is of another model.
    """
    checkpoint = read_checkpoint(src)
    state_dict = CONVERTERS[source](weights_of(checkpoint, src))
    if not state_dict:
        raise ValueError(f'{src} has no weights that a {source} checkpoint has')
    meta = dict(source=source, **describe(source, state_dict, checkpoint, src))
    if config is not None:
        if source not in DESCRIBERS:
            raise ValueError(
                f'{src} is an image model, which no config can be compared with'
            )
        report = Report()
        check_model(Config.fromfile(config), state_dict, meta, report, allow_resize=False)
        if report.problems:
            lines = [f'{src} is of another model than {config}:', *report.problems]
            raise ValueError('\n'.join(lines))
    dst.parent.mkdir(parents=True, exist_ok=True)
    with replacing(dst) as file:
        torch.save(dict(meta=meta, state_dict=state_dict), file)
    del meta['source']
    return [f'{dst}: {len(state_dict)} tensors', *in_words(meta)]


def describe(source: str, state_dict: dict, checkpoint: dict, src: Path) -> dict[str, dict]:
    """The arguments that a recognizer's file tells. None for an image model."""
    if source not in DESCRIBERS:
        return {}
    try:
        return DESCRIBERS[source](state_dict, checkpoint)
    except KeyError as error:
        raise ValueError(f'{src} is no {source} checkpoint: it lacks {error}') from error
    except ValueError as error:
        raise ValueError(f'{src}: {error}') from error


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', choices=sorted(CONVERTERS), help='the format of SRC')
    parser.add_argument('src', type=Path, help='the checkpoint to convert')
    parser.add_argument('dst', type=Path, help='the checkpoint to write')
    parser.add_argument(
        '--config', type=Path, help='refuse a file of another model than this config'
    )
    args = parser.parse_args()
    try:
        lines = convert(args.source, args.src, args.dst, args.config)
    except (OSError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')
    print('\n'.join(lines))


if __name__ == '__main__':
    main()
