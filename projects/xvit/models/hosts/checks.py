"""Checks of input and arguments that would otherwise go wrong silently."""

from torch import Tensor


def check_video(x: Tensor) -> None:
    """Raise ``ValueError`` unless ``x`` is ``(N, 3, T, H, W)`` with no empty axis."""
    if x.ndim != 5 or x.shape[1] != 3 or 0 in x.shape:
        raise ValueError(
            f'the input must be (N, 3, T, H, W) with no empty axis, got {tuple(x.shape)}'
        )


def check_fixed(
    host: object, returned: str, fixed: tuple[str, ...], arguments: dict
) -> None:
    """Raise ``TypeError`` for an argument that would change what the host returns."""
    for name in fixed:
        if name in arguments:
            raise TypeError(
                f'{name}={arguments[name]!r} cannot be set: {type(host).__name__} returns '
                f'{returned}'
            )
