"""Windows cut from untrimmed videos, to train a model for streams."""

import json
import os.path as osp

from mmaction.registry import DATASETS
from mmengine.fileio import get_text

from ..checks import check_positive
from .checked_video_dataset import CheckedVideoDataset


@DATASETS.register_module()
class StreamWindowsDataset(CheckedVideoDataset):
    """Windows of consecutive frames, each with the class at one of its frames.

    ``ann_file`` is JSON. Frames count from 0, ``end`` is the frame after a segment's last::

        {"videos": {"train/00000.mp4": {"fps": 16, "num_frames": 320, "segments": [
            {"start": 0, "end": 57, "label": 3}, ...]}}}

    A window ends at every ``stride``-th frame. Those whose frame ``label_frame`` is in no
    segment are left out. The pipeline must begin with ``SegmentInit``, which opens the
    video at the window.

    Args:
        ann_file (str): The JSON file.
        *args: See :class:`CheckedVideoDataset`.
        window (int): Frames of a window.
        label_frame (int): The frame of the window, as a Python index, whose class is the
            window's. -1 is the newest. A model that answers ``delay`` frames late is
            trained with ``-1 - delay``.
        stride (int): Frames from one window's end to the next one's.
        **kwargs: See :class:`CheckedVideoDataset`.

    Raises:
        FileNotFoundError: If the annotation file does not exist.
        TypeError: If ``window`` or ``stride`` is not an integer.
        ValueError: If an argument is out of range, the file is not such JSON, or there is
            no window.
    """

    def __init__(
        self,
        ann_file: str,
        *args,
        window: int,
        label_frame: int = -1,
        stride: int = 4,
        **kwargs,
    ) -> None:
        check_positive('window', window)
        check_positive('stride', stride)
        if not -window <= label_frame < window:
            raise ValueError(
                f'label_frame must be an index in window={window} frames, got {label_frame}'
            )
        self.window, self.stride = window, stride
        self.label_frame = label_frame % window
        super().__init__(ann_file, *args, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return the windows, in the order of the file and in time."""
        try:
            videos = json.loads(get_text(self.ann_file))['videos']
            windows = [w for item in videos.items() for w in self._windows(*item)]
        except (json.JSONDecodeError, LookupError, TypeError, AttributeError) as error:
            raise ValueError(
                f'{self.ann_file} must be JSON with "videos", each with "fps", '
                f'"num_frames" and "segments" of "start", "end", "label": {error!r}'
            ) from error
        if not windows:
            raise ValueError(f'{self.ann_file} has no window of {self.window} frames')
        return windows

    def _windows(self, name: str, about: dict) -> list[dict]:
        path, windows = osp.join(self.data_prefix['video'] or '', name), []
        label_of = {
            frame: segment['label']
            for segment in about['segments']
            for frame in range(segment['start'], segment['end'])
        }
        for label in label_of.values():
            if self.num_classes is not None and not 0 <= label < self.num_classes:
                raise ValueError(
                    f'{name}: labels must be below num_classes={self.num_classes}, '
                    f'got {label}'
                )
        for start in range(0, about['num_frames'] - self.window + 1, self.stride):
            if (label := label_of.get(start + self.label_frame)) is not None:
                window = dict(
                    filename=path,
                    label=label,
                    start_time=start / about['fps'],
                    stop_time=(start + self.window - 1) / about['fps'],
                    ann_line=f'frame {start}',
                )
                windows.append(window)
        return windows
