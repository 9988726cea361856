"""Whether a config can be fine-tuned on a user's videos, and the parts that change."""

from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS
from mmengine.config import Config, ConfigDict

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def check_base(cfg: Config, name: str) -> None:
    """Refuse a config of another task.

    Args:
        cfg: The config, with its custom modules imported.
        name: What messages call it.

    Raises:
        ValueError: If it does not classify videos into one set of classes, or does not
            train by epochs.
    """
    head = cfg.get('model', {}).get('cls_head') or {}
    if not isinstance(head.get('num_classes'), int):
        raise ValueError(
            f'{name} does not classify videos into one set of classes: '
            'model.cls_head.num_classes must be a number, got '
            f'{head.get("num_classes")!r}'
        )
    for loader in LOADERS:
        if not isinstance(cfg.get(loader), dict):
            raise ValueError(f'{name} has no {loader}')
        data, where = dataset_of(cfg, loader)
        kind = DATASETS.get(data.get('type', ''))
        if kind is None or not issubclass(kind, VideoDataset) or 'pipeline' not in data:
            raise ValueError(
                f'{name} does not read video files: {where} is {data.get("type")!r}, and '
                'must be a VideoDataset or a CheckedVideoDataset with a pipeline'
            )
    if 'max_epochs' not in (cfg.get('train_cfg') or {}):
        raise ValueError(f'{name} does not train by epochs: train_cfg has no max_epochs')


def dataset_of(cfg: Config, loader: str) -> tuple[ConfigDict, str]:
    """Return a loader's data set inside its wrappers, and where it is in the config."""
    node, where = cfg[loader]['dataset'], f'{loader}.dataset'
    while 'pipeline' not in node and isinstance(node.get('dataset'), dict):
        node, where = node['dataset'], f'{where}.dataset'
    return node, where


def with_classes(node, number: int):
    """Return a copy of a config's part in which every ``num_classes`` is ``number``."""
    if isinstance(node, dict):
        return {
            key: number if key == 'num_classes' else with_classes(value, number)
            for key, value in node.items()
        }
    if isinstance(node, (list, tuple)):
        return [with_classes(value, number) for value in node]
    return node
