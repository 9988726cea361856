"""A token of every frame for all frames: X-ViT's summary."""

from mmaction.registry import MODELS
from torch import Tensor

from ...checks import check_positive
from .clip import Clip, Move, check_span


@MODELS.register_module()
class SummaryTokens(Move):
    """Append each frame's average to the keys and values of every frame.

    X-ViT, arXiv 2106.05968, section 3, with R = 1. The projected keys and values are
    averaged over the patches, before they are mixed, and appended when they are.

    Args:
        span (int, optional): Append the averages of the frame's run of this many frames
            only.
    """

    def __init__(self, span: int | None = None) -> None:
        super().__init__()
        if span is not None:
            check_positive('span', span)
        self.span = span

    def check_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if ``span`` does not divide the clip."""
        check_span(self.span, num_frames)

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """Averages of the T frames, ``(N * T, S, h, d)`` -> ``(N * T, T, h, d)``."""
        span = self.span or clip.num_frames
        summary = x[:, clip.num_prefix_tokens :].mean(dim=1).unflatten(0, (-1, 1, span))
        return summary.expand(-1, span, -1, -1, -1).flatten(0, 1)
