"""The text of a config that fine-tunes another one on a user's videos."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config

from .base_config import dataset_of, with_classes
from .flips import new_flips
from .schedule import enough_epochs, stretch

ENGINE = ('projects.xvit', 'projects.xvit.engine')


class Task(NamedTuple):
    """What the config is written for.

    Args:
        base: File of the config that is inherited.
        root: Folder of the videos.
        work_dir: Folder of the lists; training writes into ``work_dir/train``.
        classes: Names, in the order of the class numbers.
        multi_label: Whether a video may have several labels.
        num_train: Training videos.
        test_list: ``'test.txt'``, or ``'val.txt'`` if there are no test videos.
        balance: Share of the training videos below which a class is repeated, or ``None``.
        weights: Checkpoint to start from, or ``None``.
        epochs: ``None`` for the number of the inherited config, or more for a small set.
        processes: Training processes.
        seed: Of the run.
    """

    base: Path
    root: Path
    work_dir: Path
    classes: list[str]
    multi_label: bool
    num_train: int
    test_list: str
    balance: float | None
    weights: Path | None
    epochs: int | None
    processes: int
    seed: int


def config_text(cfg: Config, task: Task) -> str:
    """Return the config's text.

    Args:
        cfg: The config in ``task.base``, checked by ``check_base``.
        task: What changes.
    """
    size = min(cfg.train_dataloader.batch_size, max(1, task.num_train // task.processes))
    steps = max(1, task.num_train // (size * task.processes))
    old_epochs = cfg.train_cfg.max_epochs
    epochs = task.epochs or enough_epochs(old_epochs, steps)
    blocks = [
        _head(task),
        _engine(cfg),
        _data(cfg, task, size),
        _model(cfg, task),
        _schedule(cfg, epochs, old_epochs),
        _rate(cfg),
        _files(cfg, task, epochs),
    ]
    return '\n'.join(block for block in blocks if block)


def _head(task: Task) -> str:
    classes = ''.join(f'    {name!r},\n' for name in task.classes)
    return f"""\
# {os.path.basename(task.base)} for the videos in {task.root}
# Written by tools/finetune.py. Edit it as you like, and run it:
#   tools/dist_train.sh {task.work_dir / 'config.py'} GPUS
_base_ = [{str(task.base)!r}]

# In the order of the class numbers in train.txt and val.txt. They are saved in the
# checkpoints, and predictions show them.
classes = [
{classes}]
num_classes = len(classes)
"""


def _engine(cfg: Config) -> str:
    """What a run needs that is killed and goes on, for a config that lacks it."""
    imports = cfg.get('custom_imports', {}).get('imports', [])
    lacking = [name for name in ENGINE if name not in imports]
    if not lacking:
        return ''
    return f"""\
# For runs that go on after they were interrupted.
custom_imports = dict(imports={[*imports, *lacking]!r})
"""


def _data(cfg: Config, task: Task, batch_size: int) -> str:
    train, where = dataset_of(cfg, 'train_dataloader')
    lines = [f'train_pipeline = list(_base_.{where}.pipeline)']
    flips = new_flips(train.pipeline, task.classes, task.multi_label)
    if flips:
        lines.append('# Mirrored, a class that says left or right would be another one.')
    lines += [f'train_pipeline[{index}] = {code(step)}' for index, step in flips.items()]
    data = "**videos, ann_file='train.txt', pipeline=train_pipeline"
    wrap = f'dataset=dict(_delete_=True, {data}),'
    if task.balance is not None:
        lines.append('# Videos of classes rarer than this share of all are repeated.')
        wrap = f"""dataset=dict(
        _delete_=True,
        type='ClassBalancedDataset',
        oversample_thr={task.balance:.6f},
        dataset=dict({data}),
    ),"""
    workers = max(1, (os.cpu_count() or 1) // task.processes)
    loaders = [
        f"""\
train_dataloader = dict(
    batch_size={batch_size},  # In each process.
    num_workers={min(cfg.train_dataloader.get('num_workers', 0), workers)},
    {wrap}
)"""
    ]
    for loader, ann_file in (
        ('val_dataloader', 'val.txt'),
        ('test_dataloader', task.test_list),
    ):
        _, where = dataset_of(cfg, loader)
        loaders.append(f"""\
{loader} = dict(
    num_workers={min(cfg[loader].get('num_workers', 0), workers)},
    dataset=dict(
        _delete_=True,
        **videos,
        ann_file={ann_file!r},
        test_mode=True,
        pipeline=_base_.{where}.pipeline,
    ),
)""")
    metric = "type='AccMetric'"
    if task.multi_label:
        metric += ", metric_list=('mean_average_precision',)"
    evaluators = [
        f'{name} = dict({_delete(cfg, name)}{metric})'
        for name in ('val_evaluator', 'test_evaluator')
    ]
    return '\n'.join(
        [
            '# A tab separates path and class number: a path may have spaces and commas.',
            'videos = dict(',
            "    type='CheckedVideoDataset',",
            f'    data_root={str(task.work_dir)!r},',
            f'    data_prefix=dict(video={str(task.root)!r}),',
            r"    delimiter='\t',",
            *(
                ['    multi_class=True,  # A video may have several labels.']
                * task.multi_label
            ),
            '    num_classes=num_classes,',
            '    metainfo=dict(classes=classes),',
            ')',
            *lines,
            *loaders,
            *evaluators,
            '',
        ]
    )


def _model(cfg: Config, task: Task) -> str:
    head = cfg.model.cls_head
    lines = []
    if task.weights is not None:
        changes = ', '.join(
            f'{key}=None'
            for key in ('init_cfg', 'pretrained')
            if cfg.model.backbone.get(key)
        )
        lines += [
            '# The checkpoint without its classifier, which is for other classes.',
            f'load_from = {str(task.weights)!r}',
        ]
    parts = ['    cls_head=dict(num_classes=num_classes),']
    if task.multi_label:
        lines.append('# One probability for each label: binary cross-entropy, and sigmoid.')
        parts = [
            '    cls_head=dict(',
            "        type='MultiLabelHead',",
            f'        head={head.type!r},',
            '        num_classes=num_classes,',
            f"        loss_cls=dict({_delete(head, 'loss_cls')}type='BCELossWithLogits'),",
            '    ),',
        ]
    if task.weights is not None and changes:
        parts.append(f'    backbone=dict({changes}),')
    blending = cfg.model.get('data_preprocessor', {}).get('blending')
    if blending:
        new = code(dict(_delete_=True, **with_classes(blending, len(task.classes))))
        parts.append(f'    data_preprocessor=dict(blending={new}),')
    return '\n'.join([*lines, 'model = dict(', *parts, ')', ''])


def _schedule(cfg: Config, epochs: int, old_epochs: int) -> str:
    schedulers = cfg.get('param_scheduler') or []
    schedulers = [schedulers] if isinstance(schedulers, dict) else schedulers
    new = stretch(schedulers, epochs / old_epochs)
    lines = [
        f'# The inherited schedule of {old_epochs} epochs, stretched to this many.',
        f'max_epochs = {epochs}',
        f'train_cfg = dict(max_epochs=max_epochs, val_interval={interval(epochs)})',
    ]
    if new:
        lines += ['param_scheduler = [', *(f'    {code(s)},' for s in new), ']']
    return '\n'.join([*lines, ''])


def _rate(cfg: Config) -> str:
    """Scale the rate, and step after every batch: a small set has few batches."""
    base = (cfg.get('auto_scale_lr') or {}).get('base_batch_size')
    times = (cfg.get('optim_wrapper') or {}).get('accumulative_counts', 1)
    lines = []
    if base:
        lines += [
            '# The inherited learning rate is for a batch of base_batch_size. MMEngine',
            '# multiplies it by batch_size * processes / base_batch_size.',
            f'auto_scale_lr = dict(enable=True, base_batch_size={base * times})',
        ]
    if base and times > 1:
        lines.append('optim_wrapper = dict(accumulative_counts=1)')
    return '\n'.join([*lines, '']) if lines else ''


def _files(cfg: Config, task: Task, epochs: int) -> str:
    best = 'acc/mean_average_precision' if task.multi_label else 'acc/top1'
    hooks = f"""\
    checkpoint=dict(
        interval={interval(epochs)}, max_keep_ckpts=1, save_best={best!r}, rule='greater'
    ),
"""
    if not set(ENGINE) <= set(cfg.get('custom_imports', {}).get('imports', [])):
        hooks = hooks.replace('dict(\n', "dict(\n        type='AtomicCheckpointHook',\n", 1)
        hooks += "    sampler_seed=dict(type='EpochSeedHook'),\n"
    return f"""\
# The last checkpoint, and the one that is best on the validation videos.
default_hooks = dict(
{hooks})
work_dir = {str(task.work_dir / 'train')!r}
randomness = dict(seed={task.seed})
"""


def interval(epochs: int) -> int:
    """Return epochs between validations, so that there are about 20 of them."""
    return max(1, epochs // 20)


def _delete(parent: dict, key: str) -> str:
    return '_delete_=True, ' if parent.get(key) else ''


def code(value: Any) -> str:
    """Return a value as a config's source: ``dict(key=value)`` for dictionaries."""
    if isinstance(value, dict):
        if all(isinstance(key, str) and key.isidentifier() for key in value):
            return f'dict({", ".join(f"{key}={code(v)}" for key, v in value.items())})'
        return f'{{{", ".join(f"{key!r}: {code(v)}" for key, v in value.items())}}}'
    if isinstance(value, (list, tuple)):
        parts = ', '.join(map(code, value))
        if isinstance(value, list):
            return f'[{parts}]'
        return f'({parts},)' if value else '()'
    return repr(value)
