"""A picture of what the model saw and what it predicts."""

from pathlib import Path

import numpy as np

from ..files import replacing


def draw(frames: np.ndarray, best: list[tuple[str, float]], path: Path) -> None:
    """Draw the frames, at most eight in a row, and below them a bar for each class.

    Args:
        frames (np.ndarray): ``(T, H, W, 3)`` uint8.
        best (list[tuple[str, float]]): Names and scores.
        path (Path): A PNG file. Its folder is made.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(len(frames), 8)
    rows = -(-len(frames) // columns)
    heights = [1.4 * rows, 0.35 * len(best) + 0.5]
    figure = Figure(figsize=(1.4 * columns, sum(heights)))
    FigureCanvasAgg(figure)
    above, below = figure.subfigures(2, 1, height_ratios=heights)
    axes = above.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis('off')
    for t, frame in enumerate(frames):
        axes[t].imshow(frame)
        axes[t].set_title(f'frame {t + 1}', fontsize=7)
    axis = below.subplots()
    below.subplots_adjust(left=0.3, bottom=0.25)
    names, scores = zip(*best[::-1])
    axis.barh(names, scores, color='#4477aa')
    axis.set_xlim(0, 1)
    axis.set_xlabel('score')
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        figure.savefig(file, dpi=120, format='png')
