"""Leap as a move: LAPS's attention between frames that are far apart."""

from mmaction.registry import MODELS
from torch import Tensor

from ...ops import leap_grid, pair, unpair
from ...ops.leap import Level, check_level
from .clip import Clip, Move


@MODELS.register_module()
class Leap(Move):
    """Join frames into one sequence for attention, then split it (LAPS, arXiv 2207.05526).

    Args:
        level (int | str | None): Pairs frames ``t`` and ``t + T // 2 ** level``. ``None``
            pairs none, ``'all'`` joins all T. See :func:`ops.leap_grid`.

    Raises:
        ValueError: If ``level`` is invalid.
    """

    def __init__(self, level: Level) -> None:
        super().__init__()
        check_level(level)
        self.level = level

    def check_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if the level cannot pair this many frames."""
        leap_grid(num_frames, self.level)

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """``(N * T, S, ...)`` -> ``(N * T / 2, 2 * S, ...)``."""
        return pair(x, clip.num_frames, self.level)

    def inverse(self, x: Tensor, clip: Clip) -> Tensor:
        """``(N * T / 2, 2 * S, ...)`` -> ``(N * T, S, ...)``."""
        return unpair(x, clip.num_frames, self.level)
