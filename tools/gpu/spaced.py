"""Models for the videos of ``make_motion_dataset.py --apart``, and their accuracy."""

from pathlib import Path

from mmengine.config import Config
from parts.logs import scalars

HERE = Path(__file__).resolve().parent
SMALL = dict(embed_dims=384, num_layers=12, num_heads=6, feedforward_channels=1536)
TOY = dict(embed_dims=64, num_layers=4, num_heads=4, feedforward_channels=256)
SWIN_TOY = dict(embed_dims=24, depths=[2, 2, 2, 2], num_heads=[1, 2, 4, 8])
FRAMES, SIDE = 16, 112


def models(toy: bool = False) -> dict[str, dict]:
    """Backbones and heads by name: ViT-S or Swin-T, or both at toy size.

    In ``vit-s-still`` no frame sees another. All ViTs but TimeSformer's average the scores
    of the frames, so no head relates them.
    """
    arch = TOY if toy else SMALL
    width = arch['embed_dims']
    vit = dict(arch=arch, img_size=SIDE, patch_size=16)
    clip = dict(num_frames=FRAMES)
    average = dict(type='FrameAverageHead', num_classes=4, in_channels=width, init_std=0.02)
    swin = SWIN_TOY if toy else 'tiny'
    pooled = dict(
        type='I3DHead',
        num_classes=4,
        in_channels=8 * (24 if toy else 96),
        dropout_ratio=0.0,
        init_std=0.02,
        average_clips='prob',
    )
    timesformer = dict(
        type='TimeSformer',
        num_frames=FRAMES,
        img_size=SIDE,
        patch_size=16,
        embed_dims=width,
        num_heads=arch['num_heads'],
        num_transformer_layers=arch['num_layers'],
        attention_type='divided_space_time',
    )
    tps_swin = dict(type='TPSSwin', arch=swin, img_size=SIDE, pad_small_map=True, **clip)
    video_swin = dict(
        type='SwinTransformer3D',
        arch=swin,
        patch_size=(2, 4, 4),
        window_size=(8, 7, 7),
        drop_path_rate=0.1,
    )
    return {
        'xvit-s': (dict(type='XViT', **vit, **clip), average),
        'laps-vit-s': (dict(type='LAPSViT', **vit, **clip), average),
        'tps-vit-s': (dict(type='TPSViT', **vit), average),
        'tokshift-vit-s': (dict(type='TokShiftViT', **vit, **clip), average),
        'timesformer-s': (timesformer, dict(average, type='TimeSformerHead')),
        'tps-swin-t': (tps_swin, pooled),
        'videoswin-t': (video_swin, pooled),
        'vit-s-still': (dict(type='XViT', window=0, **vit, **clip), average),
    }


def write_configs(data: Path, work: Path, toy: bool, epochs: int) -> None:
    """Write ``WORK/NAME.py`` for each model.

    To train one: ``PYTHONPATH=.:tools/gpu python tools/train.py WORK/NAME.py``.
    """
    work.mkdir(parents=True, exist_ok=True)
    for name, (backbone, head) in models(toy).items():
        # Importing the plugin, which the training needs, takes seconds.
        cfg = Config.fromfile(HERE / 'spaced_base.py', import_custom_modules=False)
        cfg.model.backbone, cfg.model.cls_head = backbone, head
        for split in ('train', 'val', 'test'):
            cfg[f'{split}_dataloader'].dataset.data_root = str(data.resolve())
        cfg.train_cfg.max_epochs = epochs
        cfg.dump(work / f'{name}.py')


def accuracies(work: Path, name: str) -> dict[int, dict[str, float]]:
    """The accuracies of a model after each epoch that it was validated."""
    return {
        line['step']: {k.removeprefix('acc/'): v for k, v in line.items() if 'acc/' in k}
        for line in scalars(work / name, 'acc/top1')
    }


def table(work: Path) -> str:
    """Accuracy by distance after the last epoch that all started models have reached."""
    started = [p.stem for p in sorted(work.glob('*.py')) if p.with_suffix('').is_dir()]
    curves = {name: accuracies(work, name) for name in started}
    without = [name for name, curve in curves.items() if not curve]
    curves = {name: curve for name, curve in curves.items() if curve}
    if not curves:
        return 'No model was validated, so there is no accuracy.\n'
    epoch = min(max(curve) for curve in curves.values())
    distances = sorted(set(curves[next(iter(curves))][epoch]) - {'top1'})
    head = ['model', *(f'{int(d.split("_")[1])} frames apart' for d in distances), 'all']
    lines = [head, ['---'] * len(head)]
    for name, curve in curves.items():
        found = [curve[epoch][key] for key in (*distances, 'top1')]
        lines.append([name, *(f'{100 * accuracy:.1f}' for accuracy in found)])
    text = '\n'.join(f'| {" | ".join(cells)} |' for cells in lines)
    text += f'\n\nTop-1 in per cent after epoch {epoch} of each. Chance is 25.\n'
    if without:
        text += f'Not validated once, so not in the table: {", ".join(without)}.\n'
    return text
