"""Patch shift as a move. TPS uses it in odd blocks."""

from collections.abc import Sequence

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ...ops import as_mosaic, patch_shift
from .clip import Clip, Move


@MODELS.register_module()
class PatchShift(Move):
    """Replace patches by those of other frames, and put them back after attention.

    From TPS (arXiv 2207.13259). The class token and registers stay in their frame.

    Args:
        pattern (str | Sequence[Sequence[int]]): A name of ``ops.MOSAICS``, or a matrix of
            integers: by how many frames the patches of each cell move forward.

    Raises:
        ValueError: If the pattern is not a mosaic, see :func:`ops.as_mosaic`.
    """

    def __init__(self, pattern: str | Sequence[Sequence[int]] = 'official') -> None:
        super().__init__()
        with torch.device('cpu'):  # tolist() needs values, also under the meta device.
            self.pattern = tuple(map(tuple, as_mosaic(pattern).tolist()))
        self.register_buffer('mosaic', as_mosaic(self.pattern), persistent=False)

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """Shift the patches of ``(N * T, P + H * W, C)``."""
        return self._move(x, clip, inverse=False)

    def inverse(self, x: Tensor, clip: Clip) -> Tensor:
        """Put the patches back, bit for bit."""
        return self._move(x, clip, inverse=True)

    def _move(self, x: Tensor, clip: Clip, inverse: bool) -> Tensor:
        prefix, patches = x[:, : clip.num_prefix_tokens], x[:, clip.num_prefix_tokens :]
        patches = patches.unflatten(1, clip.grid).unflatten(0, (-1, clip.num_frames))
        moved = patch_shift(patches, self.mosaic, inverse).flatten(0, 1).flatten(1, 2)
        return torch.cat([prefix, moved], dim=1) if clip.num_prefix_tokens else moved
