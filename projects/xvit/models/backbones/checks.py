"""What every backbone demands of its input."""

from torch import Tensor


def check_video(x: Tensor, patch_size: int) -> None:
    """Raise ``ValueError`` unless ``x`` is ``(N, 3, T, H, W)`` and cuts into patches."""
    if x.ndim != 5 or x.shape[1] != 3:
        raise ValueError(f'the input must be (N, 3, T, H, W), got shape {tuple(x.shape)}')
    height, width = x.shape[3:]
    if height % patch_size or width % patch_size:
        raise ValueError(
            f'H and W of the input must be multiples of patch_size={patch_size}, '
            f'got {height} x {width}'
        )
