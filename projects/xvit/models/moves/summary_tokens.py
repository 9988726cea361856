"""X-ViT's summary tokens: one average per frame, visible to all frames."""

from mmaction.registry import MODELS
from torch import Tensor

from .clip import Clip, Move, check_span


@MODELS.register_module()
class SummaryTokens(Move):
    """Append each frame's average to the keys and values of every frame.

    X-ViT, arXiv 2106.05968, section 3, with R = 1. The projected keys and values are
    averaged over the patches before the channel shift, and appended after it.

    Args:
        span (int, optional): Append only the averages of the same run of this many frames.
    """

    def __init__(self, span: int | None = None) -> None:
        super().__init__()
        self.span = span

    def check_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if ``span`` does not divide the number of frames."""
        check_span(self.span, num_frames)

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """Average the frames: ``(N * T, S, h, d)`` -> ``(N * T, span or T, h, d)``."""
        span = self.span or clip.num_frames
        summary = x[:, clip.num_prefix_tokens :].mean(dim=1).unflatten(0, (-1, 1, span))
        return summary.expand(-1, span, -1, -1, -1).flatten(0, 1)
