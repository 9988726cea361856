"""A recognizer whose backbone has the weights of a checkpoint, all of them."""

import logging
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import print_log
from torch import nn

from ..analysis import build_recognizer
from ..checkpoints.read import read_checkpoint, weights_of
from ..checkpoints.verify import Report, check_arguments, check_weights

PREFIX = 'backbone.'


def load_model(cfg: Config, checkpoint: Path) -> nn.Module:
    """The recognizer in evaluation mode, with the backbone's weights of a checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it has no weights of the backbone, or they do not fit the config.
    """
    file = read_checkpoint(checkpoint)
    weights = {
        key.removeprefix(PREFIX): value
        for key, value in weights_of(file, checkpoint).items()
        if key.startswith(PREFIX)
    }
    if not weights:
        raise ValueError(f'{checkpoint} has no weights whose names start with {PREFIX}')
    model, report = build_recognizer(cfg), Report()
    check_arguments(cfg, file.get('meta'), report)
    check_weights(model.backbone, weights, report, allow_resize=True)
    for note in report.notes:
        print_log(note, logger='current', level=logging.WARNING)
    if report.problems:
        raise ValueError(
            f'{checkpoint} does not fit the config: ' + '; '.join(report.problems)
        )
    return model
