"""From a head's class scores to probabilities with names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.models.heads import BaseHead
from mmaction.models.losses import BCELossWithLogits
from mmengine.fileio import list_from_file
from torch import Tensor

Scores = dict[str, Tensor]


@dataclass(frozen=True)
class Prediction:
    """What a model says of one video.

    ``scores`` is ``(classes,)`` float32, probabilities in the order of ``labels``. They sum
    to 1, unless a video may have several labels.
    """

    labels: tuple[str, ...]
    scores: np.ndarray

    def top(self, count: int = 5) -> list[tuple[str, float]]:
        """Names and scores of the ``count`` best classes, the best one first."""
        best = np.argsort(-self.scores, kind='stable')[:count]
        return [(self.labels[i], float(self.scores[i])) for i in best]


def probabilities(scores: Tensor, head: BaseHead) -> Tensor:
    """Average the views of each video as the head is configured to.

    With ``average_clips='score'`` the scores are averaged first, otherwise the
    probabilities of the views. A head for several labels per video has ``multi_class=True``
    or ``BCELossWithLogits``. Its probabilities are sigmoids, those of others a softmax.

    Args:
        scores (Tensor): ``(N, views, classes)``, before softmax or sigmoid.
        head (BaseHead): The head that they come from.

    Returns:
        Tensor: ``(N, classes)``.
    """
    several = head.multi_class or isinstance(head.loss_cls, BCELossWithLogits)
    activate = torch.sigmoid if several else lambda x: x.softmax(dim=-1)
    if head.average_clips == 'score':
        return activate(scores.mean(dim=1))
    return activate(scores).mean(dim=1)


def joint(tasks: Scores) -> Tensor:
    """Scores of all combinations of one class per task, ``(N, product of the classes)``."""
    return reduce(lambda a, b: (a[:, :, None] * b[:, None]).flatten(1), tasks.values())


def joint_names(names: Sequence[str], classes: dict[str, int]) -> tuple[str, ...]:
    """Names of all combinations of one class per task, in the order of :func:`joint`.

    Args:
        names (Sequence[str]): Those of the first task's classes, then the next one's.
        classes (dict[str, int]): How many classes each task has.
    """
    left = iter(names)
    by_task = [[next(left) for _ in range(count)] for count in classes.values()]
    return tuple(', '.join(parts) for parts in product(*by_task))


def class_names(
    labels: str | PathLike | Sequence | None, meta: Any, classes: dict[str, int]
) -> list[str]:
    """Names of a model's classes: those given, those in its checkpoint, or numbers.

    Args:
        labels (str | PathLike | Sequence, optional): A file with one name per line, a
            sequence of such files (as ``Path``), or a sequence of names.
        meta (Any): The checkpoint's. If it is a dict, ``dataset_meta['classes']`` are its
            names.
        classes (dict[str, int]): How many classes each task has.

    Raises:
        ValueError: If there is not one name for each class.
    """
    where = "the checkpoint's dataset_meta"
    if labels is not None:
        names, where = read_names(labels)
    else:
        dataset = meta.get('dataset_meta') if isinstance(meta, dict) else None
        names = list((dataset if isinstance(dataset, dict) else {}).get('classes') or ())
        if not names:
            return [f'{task} {i}' for task, count in classes.items() for i in range(count)]
    total = sum(classes.values())
    if len(names) != total:
        raise ValueError(f'{where} has {len(names)} names, the model {total} classes')
    return [str(name) for name in names]


def read_names(labels: str | PathLike | Sequence) -> tuple[list[str], str]:
    """The names in ``labels`` of :func:`class_names`, and where they come from.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if isinstance(labels, (str, PathLike)):
        labels = [Path(labels)]
    if not any(isinstance(item, PathLike) for item in labels):
        return list(labels), 'labels'
    names = [name for file in labels for name in list_from_file(str(file))]
    return names, ', '.join(map(str, labels))
