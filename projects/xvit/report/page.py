"""A report's web page: one file that loads nothing else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader

from .curves import Curves
from .pictures import COUNTED, DRAWN, draw_confusions, draw_curves, draw_strip
from .statistics import THRESHOLD, confusions


def render(report: dict, curves: Curves, frames_of: Callable[[int], np.ndarray]) -> str:
    """The page in HTML. All names are escaped.

    Args:
        report (dict): The content of ``report.json``.
        curves (Curves): Of the training, may be empty.
        frames_of (Callable[[int], np.ndarray]): The frames of a video by its place in the
            test set, ``(T, H, W, 3)`` uint8.
    """
    folder = Path(__file__).parent
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True)
    environment.filters['percent'] = lambda share: f'{100 * share:.1f} %'
    listed = [*report['surest_mistakes'], *report['least_sure']]
    return environment.get_template('page.html.jinja').render(
        report=report,
        several_labels='mean_average_precision' in report,
        threshold=THRESHOLD,
        most_counted=COUNTED,
        # A matrix is only in report.json.
        metrics={k: v for k, v in report['metrics'].items() if isinstance(v, float)},
        worst_first=worst_first(report['per_class']),
        curves=draw_curves(curves),
        strips={i: draw_strip(frames_of(i)) for i in {video['index'] for video in listed}},
        confusion=_confusion(report) if 'confusion_matrix' in report else None,
    )


def worst_first(rows: list[dict]) -> list[dict]:
    """The rows of classes by recall, the lowest first, and classes without videos last."""
    return sorted(rows, key=lambda row: (row['recall'] is None, row['recall'] or 0))


def _confusion(report: dict) -> dict:
    """The picture of the confusion matrix, and its largest entries off the diagonal."""
    matrix, names = np.array(report['confusion_matrix']), report['classes']
    most = [(names[i], names[j], count) for i, j, count in confusions(matrix)]
    mistakes = matrix.sum(axis=0) + matrix.sum(axis=1) - 2 * matrix.diagonal()
    # In the order of the classes, where the picture cannot have them all.
    drawn = np.sort(np.argsort(-mistakes, kind='stable')[:DRAWN])
    picture = draw_confusions(matrix[np.ix_(drawn, drawn)], [names[i] for i in drawn])
    return dict(picture=picture, most=most, drawn=len(drawn), counted=len(drawn) <= COUNTED)
