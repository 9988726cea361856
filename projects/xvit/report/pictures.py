"""The pictures of a report, as data that a web page holds itself."""

import base64
import io
import warnings
from collections.abc import Sequence
from unicodedata import east_asian_width

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from .curves import Curve, Curves

FRAMES, HEIGHT, GAP = 8, 96, 3  # of a strip: its most frames, pixels, pixels
COUNTED = 30  # With at most this many classes, the confusion matrix shows its counts.
DRAWN = 400  # the most classes in the picture of a confusion matrix
# Blue, vermilion, green, purple: colour-blind people can tell them apart.
COLOURS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7')
STYLE = {
    'font.size': 10,
    'axes.spines.top': False,
    'axes.spines.right': False,
    # Letters stay text: the browser has fonts for all scripts.
    'svg.fonttype': 'none',
    # The same figure gives the same file.
    'svg.hashsalt': 'report',
}


def draw_curves(curves: Curves) -> str | None:
    """Loss, and what validation measured from 0 to 1, side by side. None without values."""
    losses = {name: c for name, c in curves.training.items() if name == 'loss'}
    measured = {
        name: curve
        for name, curve in curves.validation.items()
        if all(0 <= value <= 1 for value in curve.values())
    }
    panels = [
        (losses, 'training loss', 'iteration'),
        (measured, 'validation', 'epoch' if curves.by_epoch else 'iteration'),
    ]
    panels = [panel for panel in panels if panel[0]]
    if not panels:
        return None
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.6 * len(panels), 3.2), layout='constrained')
        for axis, (lines, title, unit) in zip(
            np.ravel(figure.subplots(1, len(panels))), panels
        ):
            _draw_lines(axis, lines)
            axis.set_title(title, loc='left', fontsize=10)
            axis.set_xlabel(unit)
            axis.xaxis.get_major_locator().set_params(integer=True)
        return _svg(figure)


def _draw_lines(axis: Axes, lines: dict[str, Curve]) -> None:
    for i, (name, curve) in enumerate(lines.items()):
        marker = 'o' if len(curve) < 40 else None
        axis.plot(
            list(curve),
            list(curve.values()),
            color=COLOURS[i % len(COLOURS)],
            ls=('-', '--', ':')[i % 3],  # Equal curves stay apart.
            marker=marker,
            ms=4,
            label=name,
        )
    axis.set_ylim(bottom=0)
    axis.grid(axis='y', color='0.9')
    if len(lines) > 1 or 'loss' not in lines:
        axis.set_ylim(top=1.02)
        # Below the axes, where it hides no curve.
        below = dict(loc='upper left', bbox_to_anchor=(0, -0.22))
        axis.legend(**below, ncols=3, frameon=False, fontsize=9)


def draw_confusions(matrix: np.ndarray, classes: Sequence[str]) -> str:
    """A row for each true class, a column for each predicted one, darker for more videos.

    Args:
        matrix (np.ndarray): ``(n, n)`` counts, for at most 400 classes.
        classes (Sequence[str]): ``n`` names.
    """
    n = len(classes)
    names = [name if len(name) <= 28 else f'{name[:27]}…' for name in classes]
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size, cell = (9, 0.42) if n <= COUNTED else (7, 0.14)
    margin = 0.4 + max(map(_width, names)) * size * 0.55 / 72
    with matplotlib.rc_context(STYLE | {'font.size': size}):
        side = cell * n + margin
        figure = Figure(figsize=(side, side))
        low, high = margin / side, 1 - margin / side
        axis = figure.add_axes((low, 0, high, high))
        axis.imshow(share, cmap='Blues', vmin=0, vmax=1, interpolation='none')
        axis.xaxis.tick_top()
        axis.xaxis.set_label_position('top')
        # A `$` in a name does not start a formula.
        axis.set_xticks(range(n), names, rotation=90, parse_math=False)
        axis.set_yticks(range(n), names, parse_math=False)
        axis.tick_params(length=0)
        axis.set_xlabel('predicted', loc='left')
        axis.set_ylabel('true', loc='top')
        axis.spines[:].set_visible(False)
        # Lines between the cells.
        axis.set_xticks(np.arange(-0.5, n), minor=True)
        axis.set_yticks(np.arange(-0.5, n), minor=True)
        axis.grid(which='minor', color='0.85', lw=0.4)
        axis.tick_params(which='minor', length=0)
        if n <= COUNTED:
            for row, column in np.argwhere(matrix):
                colour = 'white' if share[row, column] > 0.5 else 'black'
                count = str(matrix[row, column])
                axis.text(column, row, count, ha='center', va='center', color=colour)
        return _svg(figure)


def _width(name: str) -> int:
    """The width in letters. A Chinese, Japanese or Korean one is as wide as two."""
    return sum(1 + (east_asian_width(letter) in 'WF') for letter in name)


def draw_strip(frames: np.ndarray) -> str:
    """Up to 8 frames from the first to the last, side by side.

    Args:
        frames (np.ndarray): ``(T, H, W, 3)`` uint8.
    """
    times = np.linspace(0, len(frames) - 1, min(len(frames), FRAMES)).round().astype(int)
    width = max(1, round(frames.shape[2] * HEIGHT / frames.shape[1]))
    strip = Image.new('RGB', (len(times) * (width + GAP) - GAP, HEIGHT), 'white')
    for i, time in enumerate(times):
        strip.paste(
            Image.fromarray(frames[time]).resize((width, HEIGHT)), (i * (width + GAP), 0)
        )
    file = io.BytesIO()
    # 256 colours: a third of the size.
    strip.quantize(256).save(file, format='PNG', optimize=True)
    return _data('image/png', file.getvalue())


def _svg(figure: Figure) -> str:
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The browser draws the letters. matplotlib's font may lack some.
        warnings.filterwarnings('ignore', message='Glyph .* missing from font')
        figure.savefig(file, format='svg', metadata={'Date': None})
    return _data('image/svg+xml', file.getvalue())


def _data(kind: str, content: bytes) -> str:
    return f'data:{kind};base64,{base64.b64encode(content).decode()}'
