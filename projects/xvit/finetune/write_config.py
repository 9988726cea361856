"""The text of a config that fine-tunes another one on a user's videos."""

import os
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from .base_config import LOADERS, dataset_of, with_classes
from .config_template import render
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

    Raises:
        ValueError: If the config is for several labels per video, and the videos are not.
    """
    if cfg.model.cls_head.type == 'MultiLabelHead' and not task.multi_label:
        raise ValueError(
            f'{task.base} is for several labels per video, but no video here has several'
        )
    batch_size = min(
        cfg.train_dataloader.batch_size, max(1, task.num_train // task.processes)
    )
    steps = max(1, task.num_train // (batch_size * task.processes))
    old_epochs = cfg.train_cfg.max_epochs
    epochs = task.epochs or enough_epochs(old_epochs, steps)
    train, _ = dataset_of(cfg, 'train_dataloader')
    schedulers = cfg.get('param_scheduler') or []
    schedulers = [schedulers] if isinstance(schedulers, dict) else schedulers
    accumulated = (cfg.get('optim_wrapper') or {}).get('accumulative_counts', 1)
    base_batch_size = (cfg.get('auto_scale_lr') or {}).get('base_batch_size')
    return render(
        base=str(task.base),
        base_name=task.base.name,
        root=str(task.root),
        work_dir=str(task.work_dir),
        config=str(task.work_dir / 'config.py'),
        train_dir=str(task.work_dir / 'train'),
        imports=_imports(cfg),
        classes=task.classes,
        multi_label=task.multi_label,
        datasets={loader: dataset_of(cfg, loader)[1] for loader in LOADERS},
        # The features of a frozen backbone are computed once.
        cached=[name for name in LOADERS if cfg[name].dataset.type == 'CachedFeatures'],
        features=str(task.work_dir / 'features'),
        flips=new_flips(train.pipeline, task.classes, task.multi_label),
        batch_size=batch_size,
        workers=_workers(cfg, task.processes),
        balance=task.balance,
        evaluated=[('val_dataloader', 'val.txt'), ('test_dataloader', task.test_list)],
        load_from=task.weights and str(task.weights),
        **_model(cfg, task),
        old_epochs=old_epochs,
        epochs=epochs,
        interval=max(1, epochs // 20),  # About 20 validations.
        # MMEngine refuses a scheduler that is shorter than one iteration.
        schedulers=[
            scheduler
            for scheduler in stretch(schedulers, epochs / old_epochs)
            if scheduler.get('by_epoch') is False
            or int(scheduler.get('begin', 0) * steps)
            < int(scheduler.get('end', scheduler.get('begin', 0) + 1) * steps)
        ],
        # With fewer batches to a step, the rate is for fewer videos.
        base_batch_size=base_batch_size and base_batch_size * accumulated,
        accumulates=base_batch_size and accumulated > 1,
        seed=task.seed,
    )


def _imports(cfg: Config) -> list[str] | None:
    """The modules to import, if the config lacks what a run needs that is interrupted."""
    imports = cfg.get('custom_imports', {}).get('imports', [])
    lacking = [name for name in ENGINE if name not in imports]
    return [*imports, *lacking] if lacking else None


def _workers(cfg: Config, processes: int) -> dict[str, int]:
    """The inherited data workers, but no more than there are cores for."""
    most = max(1, (os.cpu_count() or 1) // processes)
    return {loader: min(cfg[loader].get('num_workers', 0), most) for loader in LOADERS}


def _model(cfg: Config, task: Task) -> dict:
    """What changes in the model, and how it is measured."""
    head = cfg.model.cls_head
    metric = "type='AccMetric'"
    if task.multi_label:
        metric += ", metric_list=('mean_average_precision',)"
    # The checkpoint has all weights, so the image model's are not loaded.
    unused = [key for key in ('init_cfg', 'pretrained') if cfg.model.backbone.get(key)]
    blending = cfg.model.get('data_preprocessor', {}).get('blending')
    if blending:
        blending = dict(_delete_=True, **with_classes(blending, len(task.classes)))
    return dict(
        head=head.get('head', head.type),
        loss=_replacing(head, 'loss_cls', "type='BCELossWithLogits'"),
        metric={
            name: _replacing(cfg, name, metric)
            for name in ('val_evaluator', 'test_evaluator')
        },
        save_best='acc/mean_average_precision' if task.multi_label else 'acc/top1',
        backbone=dict.fromkeys(unused) if task.weights else None,
        blending=blending,
    )


def _replacing(parent: dict, key: str, arguments: str) -> str:
    """Arguments of a ``dict`` that is not merged with the inherited one."""
    return f'_delete_=True, {arguments}' if parent.get(key) else arguments
