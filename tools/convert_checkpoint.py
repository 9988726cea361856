"""Convert a checkpoint of the authors, or an image model's, for this plugin.

``xvit`` gives a recognizer's checkpoint (``backbone.*``, ``cls_head.*``), ``timm-vit`` a
backbone's, for ``init_cfg=dict(type='Pretrained', checkpoint=DST)``. Of a recognizer the
arguments that the file means are printed and written into ``meta``.
"""

import argparse
import os
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

import projects.xvit  # noqa: F401  (its repairs)
from projects.xvit.checkpoints import CONVERTERS, DESCRIBERS
from projects.xvit.checkpoints.describe import differences, in_words
from projects.xvit.checkpoints.read import read_checkpoint, weights_of


def convert(source: str, src: Path, dst: Path, config: Path | None = None) -> list[str]:
    """Convert ``src`` and write ``dst``, which appears when it is whole.

    Args:
        source (str): Whose format ``src`` has.
        src (Path): The checkpoint to convert.
        dst (Path): The checkpoint to write.
        config (Path, optional): A config whose model ``src`` must mean.

    Returns:
        list[str]: What was written, and the arguments that it means.

    Raises:
        ValueError: If ``src`` has no such weights, or means another model.
    """
    checkpoint = read_checkpoint(src)
    state_dict = CONVERTERS[source](weights_of(checkpoint, src))
    if not state_dict:
        raise ValueError(f'{src} has no weights that a {source} checkpoint has')
    model = describe(source, state_dict, checkpoint, src)
    if config is not None:
        check(model, Config.fromfile(config), src, config)
    dst.parent.mkdir(parents=True, exist_ok=True)
    part = dst.with_name(f'part-{dst.name}')
    try:
        torch.save(dict(meta=dict(source=source, **model), state_dict=state_dict), part)
        os.replace(part, dst)
    finally:
        part.unlink(missing_ok=True)
    return [f'{dst}: {len(state_dict)} tensors', *in_words(model)]


def describe(source: str, state_dict: dict, checkpoint: dict, src: Path) -> dict[str, dict]:
    """The model that a recognizer's file means; of an image model's nothing."""
    if source not in DESCRIBERS:
        return {}
    try:
        return DESCRIBERS[source](state_dict, checkpoint)
    except KeyError as error:
        raise ValueError(
            f'{src} is no whole {source} checkpoint: it lacks {error}'
        ) from error
    except ValueError as error:
        raise ValueError(f'{src}: {error}') from error


def check(model: dict[str, dict], cfg: Config, src: Path, config: Path) -> None:
    """Raise ``ValueError`` that names what the config has otherwise than the file."""
    if not model:
        raise ValueError(f'{src} is an image model, which is compared with no config')
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    found = differences(model, cfg.model)
    if found:
        raise ValueError('\n'.join([f'{src} means another model than {config}:', *found]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', choices=sorted(CONVERTERS), help='whose format SRC has')
    parser.add_argument('src', type=Path, help='the checkpoint to convert')
    parser.add_argument('dst', type=Path, help='the checkpoint to write')
    parser.add_argument(
        '--config', type=Path, help='refuse a file that means another model than this'
    )
    args = parser.parse_args()
    try:
        lines = convert(args.source, args.src, args.dst, args.config)
    except (OSError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')
    print('\n'.join(lines))


if __name__ == '__main__':
    main()
