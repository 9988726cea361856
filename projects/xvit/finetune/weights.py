"""A recognizer's weights without its classifier, to fine-tune on other classes."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import CheckpointLoader

from ..analysis import build_recognizer
from ..checkpoints.read import read_checkpoint, weights_of
from ..files import replacing
from .base_config import with_classes


def classifier_keys(cfg: Config) -> list[str]:
    """Return the parameters whose shape depends on the number of classes."""
    number = cfg.model.cls_head.num_classes
    head = build_recognizer(cfg).state_dict()
    more = dict(cfg.model, cls_head=with_classes(cfg.model.cls_head, number + 1))
    other = build_recognizer(Config(dict(cfg.to_dict(), model=more))).state_dict()
    return [key for key in head if head[key].shape != other[key].shape]


def without_classifier(source: str, cfg: Config) -> tuple[dict, list[str], list[str]]:
    """Return a checkpoint's weights for a config's model, without the classifier.

    Args:
        source: A file (``.pth`` or ``.safetensors``), or an address.
        cfg: The config that the weights are for.

    Returns:
        tuple: The state dict; the keys that are left out; and the model's parameters, those
            of the classifier included, that start without weights from the checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, or the backbone's weights are not in it.
    """
    if '://' in source:
        checkpoint = CheckpointLoader.load_checkpoint(source, map_location='cpu')
    else:
        checkpoint = read_checkpoint(Path(source))
    weights = weights_of(checkpoint, Path(source))
    model = build_recognizer(cfg).state_dict()
    classifier = set(classifier_keys(cfg))
    kept = {key: w for key, w in weights.items() if key in model and key not in classifier}
    fresh = [key for key in model if key not in kept and 'num_batches_tracked' not in key]
    lacking = [key for key in fresh if key.startswith('backbone.')]
    if lacking:
        raise ValueError(
            f'{source} lacks {len(lacking)} parameters of the backbone of the config, such '
            f'as {lacking[0]}: it is a checkpoint of another model, or must be converted '
            'by tools/convert_checkpoint.py'
        )
    return kept, [key for key in weights if key not in kept], fresh


def save_weights(weights: dict, path: Path) -> None:
    """Write a state dict as a checkpoint, whole or not at all."""
    with replacing(path) as file:
        torch.save(dict(state_dict=weights), file)
