"""Features by overlapping windows, for models that need a clip of a certain length."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor


def window_frames(
    num_frames: int, clip_len: int, frame_interval: int, stride: int
) -> np.ndarray:
    """The frames of each window, ``(windows, clip_len)``.

    Window i starts at frame ``i * stride`` and covers ``clip_len * frame_interval`` frames.
    The last one reaches the video's end. Where it goes beyond, the last frame is repeated.
    """
    beyond = max(0, num_frames - clip_len * frame_interval)
    starts = stride * np.arange(1 + -(-beyond // stride))
    frames = starts[:, None] + frame_interval * np.arange(clip_len)
    return np.minimum(frames, num_frames - 1)


@torch.no_grad()
def window_features(
    backbone: Callable[[Tensor], Tensor],
    chunks: Iterable[Tensor],
    windows: np.ndarray,
    batch_size: int,
) -> Iterator[Tensor]:
    """Yield features ``(t, C)``, one for each window: the mean over its frames.

    Only the frames that a later window needs are kept.

    Args:
        backbone (Callable): Takes ``(N, 3, T, H, W)``.
        chunks (Iterable[Tensor]): ``(1, 3, t, H, W)``, the frames
            ``numpy.unique(windows)``.
        windows (ndarray): From :func:`window_frames`.
        batch_size (int): Windows at a time.
    """
    numbers, frames, done = iter(np.unique(windows).tolist()), {}, 0
    for chunk in chunks:
        # Copies: a view would keep the whole chunk in memory.
        new = {next(numbers): frame.clone() for frame in chunk[0].unbind(1)}
        frames |= new
        complete = int(np.searchsorted(windows[:, -1], max(frames), side='right'))
        for start in range(done, complete, batch_size):
            batch = windows[start : min(start + batch_size, complete)].tolist()
            clips = [torch.stack([frames[i] for i in window], dim=1) for window in batch]
            yield pool(backbone(torch.stack(clips)))
        done = complete
        needed = windows[done, 0] if done < len(windows) else np.inf
        frames = {number: frame for number, frame in frames.items() if number >= needed}


def pool(x: Tensor) -> Tensor:
    """The mean ``(N, C)`` over frames, and over space if there is any.

    Args:
        x (Tensor): ``(N, T, C)``, ``(N, C, T, H, W)`` or ``(N, C)``.

    Raises:
        ValueError: If a backbone returns anything else.
    """
    axes = {2: (), 3: (1,), 5: (2, 3, 4)}
    if not isinstance(x, Tensor) or x.ndim not in axes:
        found = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(
            f'the backbone must return (N, T, C), (N, C, T, H, W) or (N, C), got {found}'
        )
    return x.mean(axes[x.ndim]) if axes[x.ndim] else x
