"""Convert a checkpoint of the authors, or an image model's, for this plugin.

``xvit`` gives a recognizer's checkpoint (``backbone.*``, ``cls_head.*``), ``timm-vit`` a
backbone's, for ``init_cfg=dict(type='Pretrained', checkpoint=DST)``.
"""

import argparse
import os
from pathlib import Path

import torch

import projects.xvit  # noqa: F401  (its repairs)
from projects.xvit.checkpoints import CONVERTERS
from projects.xvit.checkpoints.read import read_state_dict


def convert(source: str, src: Path, dst: Path) -> dict[str, torch.Tensor]:
    """Convert ``src`` and write ``dst``, which appears when it is whole."""
    state_dict = CONVERTERS[source](read_state_dict(src))
    if not state_dict:
        raise ValueError(f'{src} has no weights that a {source} checkpoint has')
    dst.parent.mkdir(parents=True, exist_ok=True)
    part = dst.with_name(f'part-{dst.name}')
    try:
        torch.save(dict(meta=dict(source=source), state_dict=state_dict), part)
        os.replace(part, dst)
    finally:
        part.unlink(missing_ok=True)
    return state_dict


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', choices=sorted(CONVERTERS), help='whose format SRC has')
    parser.add_argument('src', type=Path, help='the checkpoint to convert')
    parser.add_argument('dst', type=Path, help='the checkpoint to write')
    args = parser.parse_args()
    try:
        state_dict = convert(args.source, args.src, args.dst)
    except (OSError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')
    print(f'{args.dst}: {len(state_dict)} tensors')


if __name__ == '__main__':
    main()
