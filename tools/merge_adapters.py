"""Write one checkpoint of a frozen host and of what was trained on it.

The adapters of a PeftBackbone are merged into its host. A FrozenBackbone has none.

OUT.pth gets the weights of backbone and head, and OUT.py the config to use with it. The
scores are the same, and so are the multiply-adds as those of the image model. All other
tools take the two: verify_checkpoint.py, publish_model.py, test.py. Nothing is overwritten.
"""

import argparse
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import load_state_dict

import projects.xvit  # noqa: F401  (registers everything)
from projects.xvit.checkpoints.read import read_checkpoint, weights_of
from projects.xvit.files import replacing
from projects.xvit.models.adapters.merge import merge, merged_config


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', type=Path, help='what training wrote')
    parser.add_argument('out', type=Path, metavar='OUT.pth')
    args = parser.parse_args()
    if args.out.suffix != '.pth':
        parser.error(f'OUT must end in .pth, got {args.out}')
    target = args.out.with_suffix('.py')
    try:
        for path in (args.out, target):
            if path.exists():
                raise FileExistsError(f'{path} exists, and is not overwritten')
        checkpoint = read_checkpoint(args.checkpoint)
        cfg = Config.fromfile(args.config)
        new = merged_config(cfg)
        init_default_scope(cfg.get('default_scope', 'mmaction'))
        model = MODELS.build(cfg.model)
        load_state_dict(model, weights_of(checkpoint, args.checkpoint), strict=True)
        model.backbone = merge(model.backbone)
        meta = {'cfg': new.pretty_text}
        if 'dataset_meta' in checkpoint.get('meta', {}):
            meta['dataset_meta'] = checkpoint['meta']['dataset_meta']
        args.out.parent.mkdir(parents=True, exist_ok=True)
        with replacing(args.out) as file:
            torch.save(dict(meta=meta, state_dict=model.state_dict()), file)
        with replacing(target, 'w', encoding='utf-8') as file:
            file.write(new.pretty_text)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')
    print(f'{args.out}\n{target}')


if __name__ == '__main__':
    main()
