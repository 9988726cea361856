"""What hosts demand of their input and arguments: what would be changed in silence."""

from torch import Tensor


def check_video(x: Tensor, patch_size: int = 1) -> None:
    """Raise ``ValueError`` unless ``x`` is ``(N, 3, T, H, W)`` of whole patches."""
    if x.ndim != 5 or x.shape[1] != 3 or 0 in x.shape:
        raise ValueError(
            f'the input must be (N, 3, T, H, W), none empty, got shape {tuple(x.shape)}'
        )
    height, width = x.shape[3:]
    if height % patch_size or width % patch_size:
        raise ValueError(
            f'H and W of the input must be multiples of patch_size={patch_size}, '
            f'got {height} x {width}'
        )


def check_fixed(host: str, returned: str, fixed: tuple[str, ...], arguments: dict) -> None:
    """Raise ``TypeError`` for an argument that would change what a host returns."""
    for name in fixed:
        if name in arguments:
            raise TypeError(
                f'{host} returns {returned}: {name}={arguments[name]!r} cannot be set'
            )
