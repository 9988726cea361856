"""Which frames of a video make which feature."""

from dataclasses import dataclass

import numpy as np
from torch import nn

from ..streaming import Stream
from .windows import window_frames


@dataclass(frozen=True)
class Plan:
    """How a model's features are made.

    Args:
        streams (bool): In one pass, a feature for each frame. Otherwise by windows.
        stride (int): Frames of the video between two features.
        covers (int): Frames of the video that a feature covers: 1 for a stream.
        clip_len (int): Frames of a window that the model sees.
        frame_interval (int): Frames of the video between two of these.
        how (str): All this in words.
    """

    streams: bool
    stride: int
    covers: int
    clip_len: int
    frame_interval: int
    how: str

    def frames(self, num_frames: int) -> np.ndarray:
        """The frames of each feature of a video, ``(features, clip_len)``."""
        if self.streams:
            return np.arange(0, num_frames, self.stride)[:, None]
        return window_frames(num_frames, self.clip_len, self.frame_interval, self.stride)

    def middles(self, num_features: int) -> np.ndarray:
        """The middle of the frames that each feature covers, as a number of frames."""
        return self.stride * np.arange(num_features) + self.covers / 2


def make_plan(
    backbone: nn.Module,
    clip_len: int,
    interval: int,
    stride: int | None,
    frame_interval: int | None,
) -> Plan:
    """Stream if the backbone can, and use windows if not.

    Args:
        backbone (nn.Module): In evaluation mode.
        clip_len, interval (int): The config's ``clip_len`` and ``frame_interval``.
        stride, frame_interval (int, optional): What the user set.

    Raises:
        ValueError: If ``frame_interval`` is set for a backbone that streams.
    """
    try:
        Stream(backbone)
    except (TypeError, ValueError) as error:
        why = str(error)
    else:
        if frame_interval is not None:
            raise ValueError(
                f'frame_interval={frame_interval} is for windows, but this model streams: '
                'set stride, the distance of the frames that it sees'
            )
        stride = stride or interval
        how = f'one pass over every frame whose number is a multiple of {stride}'
        return Plan(True, stride, 1, 1, stride, how)
    interval = frame_interval or interval
    covers = clip_len * interval
    stride = stride or max(1, covers // 4)
    overlap = max(0, 1 - stride / covers)
    how = (
        f'windows of {covers} frames ({clip_len} of them, {interval} apart), every '
        f'{stride} frames, which overlap by {overlap:.0%}, because it cannot stream: {why}'
    )
    return Plan(False, stride, covers, clip_len, interval, how)
