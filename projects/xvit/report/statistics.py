"""The numbers of a report. An undefined one is NaN."""

import math
from collections.abc import Iterable

import numpy as np
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_fscore_support,
)

from .predictions import Predictions

LEVEL = 0.95
# With several labels, a model says the classes whose scores are at least this.
THRESHOLD = 0.5
RESAMPLES = 500
SHOWN = 10  # videos in a list of mistakes, or of unsure predictions


def summarize(predictions: Predictions) -> dict:
    """All numbers that follow from the predictions.

    Returns:
        dict: ``num_videos``, ``classes``, ``per_class`` (see :func:`per_class`),
        ``num_mistakes``, and ``surest_mistakes`` and ``least_sure`` (see :func:`describe`).
        With one label per video also ``accuracy`` and ``confusion_matrix``: row i counts
        the videos of class i by predicted class. With several ``mean_average_precision``.
    """
    said = decide(predictions)
    true = predictions.labels
    if predictions.several_labels:
        wrong = (said != true).any(axis=1)
        parts = dict(mean_average_precision=mean_average_precision(predictions))
    else:
        wrong = said != true
        numbers = np.arange(len(predictions.classes))
        matrix = confusion_matrix(true, said, labels=numbers)
        parts = dict(accuracy=accuracy(~wrong), confusion_matrix=matrix)
    of_mistakes, of_all = sureness(predictions, said)
    # Stable sorts, so that equal scores keep the order of the data set.
    surest = [i for i in np.argsort(-of_mistakes, kind='stable') if wrong[i]][:SHOWN]
    least = np.argsort(of_all, kind='stable')[:SHOWN]
    return dict(
        num_videos=len(wrong),
        num_mistakes=int(wrong.sum()),
        classes=predictions.classes,
        **parts,
        per_class=per_class(predictions, said),
        surest_mistakes=[describe(predictions, said, i) for i in surest],
        least_sure=[describe(predictions, said, i) for i in least],
    )


def decide(predictions: Predictions) -> np.ndarray:
    """What the model says, in the form of the labels.

    With one label per video it says the class with the highest score, with several labels
    the classes whose score is at least 0.5.
    """
    if predictions.several_labels:
        return predictions.scores >= THRESHOLD
    return predictions.scores.argmax(axis=1)


def sureness(predictions: Predictions, said: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How sure the model is of its mistakes, and of all that it says, ``(n,)`` each.

    With one label per video both are the highest score. With several labels it is the
    distance of a score from 0.5: the largest among a video's mistaken classes (-1 if there
    is none), and the smallest among all its classes.
    """
    if not predictions.several_labels:
        highest = predictions.scores.max(axis=1)
        return highest, highest
    distance = np.abs(predictions.scores - THRESHOLD)
    mistaken = np.where(said != predictions.labels, distance, -1)
    return mistaken.max(axis=1), distance.min(axis=1)


def accuracy(right: np.ndarray) -> dict:
    """The share of right answers, with Wilson's confidence interval.

    Args:
        right (np.ndarray): ``(n,)`` bool.
    """
    correct, total = int(right.sum()), len(right)
    interval = binomtest(correct, total).proportion_ci(LEVEL, method='wilson')
    return dict(
        value=correct / total,
        low=float(interval.low),
        high=float(interval.high),
        correct=correct,
        level=LEVEL,
        method='Wilson',
    )


def average_precisions(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Average precision of each class, ``(C,)``, NaN for a class without videos."""
    return np.array(
        [
            average_precision_score(true, score) if true.any() else math.nan
            for true, score in zip(labels.T, scores.T)
        ]
    )


def mean_average_precision(predictions: Predictions) -> dict:
    """The mean over the classes that have videos, with a bootstrap interval over videos."""
    labels, scores = predictions.labels, predictions.scores
    if not labels.any():
        raise ValueError('the test set must have a label, all its videos have none')

    def statistic(rows: np.ndarray) -> float:
        values = average_precisions(labels[rows], scores[rows])
        return float(np.nanmean(values)) if labels[rows].any() else 0.0

    rows = np.arange(len(labels))
    interval = [math.nan, math.nan]
    if len(rows) > 1:
        interval = bootstrap(
            (rows,),
            statistic,
            vectorized=False,
            n_resamples=RESAMPLES,
            confidence_level=LEVEL,
            method='percentile',
            rng=0,
        ).confidence_interval
    return dict(
        value=statistic(rows),
        low=float(interval[0]),
        high=float(interval[1]),
        level=LEVEL,
        method=f'percentile bootstrap, {RESAMPLES} resamples of the videos',
    )


def per_class(predictions: Predictions, said: np.ndarray) -> list[dict]:
    """Precision, recall and support of each class; also average precision (several labels).

    Precision is NaN if the class was never predicted, recall if it has no video.
    """
    labels = predictions.labels
    precision, recall, _, support = precision_recall_fscore_support(
        labels, said, labels=np.arange(len(predictions.classes)), zero_division=math.nan
    )
    columns = dict(precision=precision, recall=recall)
    if predictions.several_labels:
        columns['average_precision'] = average_precisions(labels, predictions.scores)
    return [
        {
            'class': name,
            'support': int(support[i]),
            **{title: float(column[i]) for title, column in columns.items()},
        }
        for i, name in enumerate(predictions.classes)
    ]


def describe(predictions: Predictions, said: np.ndarray, index: int) -> dict:
    """One video: its place in the test set, its path, its predicted and true classes."""
    scores = predictions.scores[index]

    def named(answer: np.ndarray) -> list[dict]:
        numbers = np.flatnonzero(answer) if predictions.several_labels else [answer]
        return [
            {'class': predictions.classes[i], 'score': float(scores[i])} for i in numbers
        ]

    return dict(
        index=int(index),
        path=predictions.paths[index],
        correct=bool(np.all(said[index] == predictions.labels[index])),
        said=named(said[index]),
        true=named(predictions.labels[index]),
    )


def confusions(matrix: np.ndarray, most: int = 20) -> Iterable[tuple[int, int, int]]:
    """True and predicted class, and count, of the most frequent mistakes, largest first."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind='stable')[:most]
    for true, said in zip(*np.unravel_index(order, wrong.shape)):
        if wrong[true, said]:
            yield int(true), int(said), int(wrong[true, said])
