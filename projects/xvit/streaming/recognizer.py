"""The classes of a video of any length, frame by frame."""

from typing import Any

import torch
from mmaction.models.recognizers.base import BaseRecognizer
from torch import Tensor

from ..checks import check_positive
from ..models import InnerFrames, MultiTaskHead
from .stream import Stream


class StreamRecognizer:
    """Class scores of every frame, from the features of the last ``window`` frames.

    The scores of frame s are ``model.cls_head`` of the features of the frames
    s - window + 1 to s. :class:`TemporalAttentionHead` attends to these;
    :class:`FrameAverageHead` averages over them. At a video's start there are fewer. See
    :class:`Stream` for the features.

    Args:
        model (BaseRecognizer): A recognizer of MMAction2 in evaluation mode, with a
            backbone that can be streamed. A neck :class:`InnerFrames` is left out: it drops
            frames that lack neighbours in a clip, and in the stream they have them.
        window (int): Frames that the head gets, as many as it was trained with.

    Raises:
        TypeError: If the model has another neck, its head does not give one vector of
            scores, its backbone is not a host, or ``window`` is not an integer.
        ValueError: If a move reads the whole clip, the model is in training mode, or
            ``window`` is below 1.
    """

    def __init__(self, model: BaseRecognizer, window: int) -> None:
        check_positive('window', window)
        if model.with_neck and not isinstance(model.neck, InnerFrames):
            raise TypeError(
                f'model.neck must be InnerFrames or none, got {type(model.neck).__name__}'
            )
        if not model.with_cls_head or isinstance(model.cls_head, MultiTaskHead):
            raise TypeError('model.cls_head must give one vector of scores')
        if model.cls_head.training:
            raise ValueError('model must be in evaluation mode: call model.eval()')
        self.head, self.window = model.cls_head, window
        self.stream = Stream(model.backbone)
        self.past: Tensor | None = None

    @property
    def delay(self) -> int:
        """Frames between a frame and its scores."""
        return self.stream.delay

    @property
    def finished(self) -> Tensor:
        """The number of each frame of the last scores in its stream, ``(N, t')``."""
        return self.stream.finished

    @property
    def megabytes(self) -> float:
        """The size of the state in MB (10^6 bytes). It does not grow with time."""
        features = 0 if self.past is None else self.past.nbytes / 1e6
        return self.stream.megabytes + features

    @torch.no_grad()
    def step(self, frames: Tensor) -> Tensor:
        """Take the next frames, and return the scores that are complete.

        Args:
            frames (Tensor): ``(N, 3, t, H, W)``, normalized pixels of N streams, t >= 1.

        Returns:
            Tensor: ``(N, t', num_classes)``, before softmax, with ``t'`` from 0 to t.
            :attr:`finished` has their frames' numbers; below 0, scores are NaN.

        Raises:
            ValueError: If the shape is wrong. The stream stays as it was.
        """
        return self._scores(self.stream.step(frames))

    @torch.no_grad()
    def flush(self) -> Tensor:
        """Return the scores of the last ``delay`` frames, as at a clip's end, and reset.

        Raises:
            ValueError: If there was no step.
        """
        scores = self._scores(self.stream.flush())
        self.past = None
        return scores

    def reset(self, streams: Tensor | list[int] | None = None) -> None:
        """Start anew: the next frame is a stream's first. See :meth:`Stream.reset`."""
        self.stream.reset(streams)
        if streams is None:
            self.past = None

    def state_dict(self) -> dict[str, Any]:
        """The state that :meth:`load_state_dict` continues from, made of tensors."""
        return dict(stream=self.stream.state_dict(), past=self.past)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`state_dict` was called, with the same weights.

        Raises:
            KeyError: If ``state`` is not a recognizer's.
        """
        past = state['past']
        self.stream.load_state_dict(state['stream'])
        self.past = past

    def _scores(self, features: Tensor) -> Tensor:
        """Scores ``(N, t', num_classes)`` of features ``(N, t', C)``."""
        before = self.window - 1
        if features.shape[1] == 0:
            return features.new_empty(len(features), 0, self.head.num_classes)
        if self.past is None:
            self.past = features.new_zeros(len(features), before, features.shape[2])
        features = torch.cat([self.past, features], dim=1)
        # A copy: a view would keep the whole step in memory.
        self.past = features[:, features.shape[1] - before :].clone()
        windows = features.unfold(1, self.window, 1).transpose(2, 3)
        scores = features.new_full((*windows.shape[:2], self.head.num_classes), torch.nan)
        # A stream's first frames have fewer than `window` frames, each another number.
        counts = (self.finished + 1).clamp(0, self.window)
        for count in counts.unique().tolist():
            if count:
                frames = counts == count
                scores[frames] = self.head(windows[frames][:, self.window - count :])
        return scores
