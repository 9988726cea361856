"""What the backbones demand of their input and arguments."""

from collections.abc import Sequence

from torch import Tensor

from ...ops.leap import Level, check_level


def check_video(x: Tensor, patch_size: int = 1) -> None:
    """Raise unless ``x`` is ``(N, 3, T, H, W)``, floating point, and cuts into patches."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError(
            'the input must be a floating point tensor, '
            f'got {x.dtype if isinstance(x, Tensor) else type(x).__name__}'
        )
    if x.ndim != 5 or x.shape[1] != 3:
        raise ValueError(f'the input must be (N, 3, T, H, W), got shape {tuple(x.shape)}')
    height, width = x.shape[3:]
    if height % patch_size or width % patch_size:
        raise ValueError(
            f'H and W of the input must be multiples of patch_size={patch_size}, '
            f'got {height} x {width}'
        )


def check_leap_levels(levels: Sequence[Level], name: str = 'leap_levels') -> None:
    """Raise ``ValueError`` unless ``levels`` is a flat, filled list of leap levels."""
    if not isinstance(levels, list | tuple) or not levels:
        raise ValueError(f'{name} must be a list of leap levels, got {levels!r}')
    for level in levels:
        if isinstance(level, list | tuple):
            raise ValueError(f'{name} must be a flat list of leap levels, got {levels!r}')
        check_level(level)
