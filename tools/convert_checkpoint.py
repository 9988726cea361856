"""Convert a checkpoint of the authors, or an image model's, for this plugin.

``xvit`` gives a recognizer's checkpoint (``backbone.*``, ``cls_head.*``), ``timm-vit`` a
backbone's, for ``init_cfg=dict(type='Pretrained', checkpoint=DST)``.
"""

import argparse
import os
import pickle
from pathlib import Path

import torch

from projects.xvit import compat
from projects.xvit.checkpoints import CONVERTERS

# Where the sources keep their weights: X-ViT, most others, DeiT and Swin.
CONTAINERS = ('model_state', 'state_dict', 'model')


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a checkpoint file, loaded without running any code in it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, would run code, or holds no weights.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist')
    try:
        checkpoint = torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(compat.refusal(str(path), error)) from error
    except (RuntimeError, EOFError) as error:
        raise ValueError(f'{path} is truncated or no PyTorch file: {error}') from error
    for container in CONTAINERS:
        if isinstance(checkpoint, dict) and isinstance(checkpoint.get(container), dict):
            checkpoint = checkpoint[container]
            break
    if not isinstance(checkpoint, dict) or not checkpoint:
        raise ValueError(f'{path} holds no weights')
    strangers = [k for k, v in checkpoint.items() if not isinstance(v, torch.Tensor)]
    if strangers:
        raise ValueError(f'{path} is no state dict: {strangers[:5]} are no tensors')
    # DataParallel's prefix, from training on several GPUs.
    return {key.removeprefix('module.'): value for key, value in checkpoint.items()}


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
