"""X-ViT's attention: keys and values are mixed from neighbouring frames."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmpretrain.models.utils import MultiheadAttention
from torch import Tensor

from ...ops import channel_shift
from ..checks import check_flag, check_positive

MIX_TARGETS = ('x', 'k', 'v')


class SpaceTimeMixingAttention(MultiheadAttention):
    r"""Space-time mixing attention of X-ViT (arXiv 2106.05968, section 3).

    Equation 10, :math:`\mathrm{softmax}(q_t \tilde k_t^T / \sqrt d)\, \tilde v_t`, with
    :math:`\tilde k_t, \tilde v_t` made of channels of the frames :math:`t - t_w \dots
    t + t_w` (equation 9): for each neighbour one group of ``C // shift_div`` channels, in
    the order t+1, t-1, t+2, t-2; the remaining channels are the frame's own. Parameters
    and their names are those of mmpretrain's ``MultiheadAttention``, and so is the cost.

    Args:
        embed_dims (int): Channels C.
        num_heads (int): Attention heads h, a divisor of C.
        window (int): Neighbours on each side, :math:`t_w`: 0 (spatial attention), 1 or 2.
        shift_div (int): One neighbour gives ``C // shift_div`` channels.
        mix_targets (Sequence[str]): What is mixed: ``'x'`` (the layer's input), ``'k'``,
            ``'v'``.
        mix_span (int, optional): Cut the clip into runs of this many frames that do not
            see each other.
        mix_per_head (bool): Make the cut inside each head's C // h channels, as the
            paper's equations have it, instead of across the heads, as the authors' code
            does.
        summary_tokens (bool): Append each frame's key and value, averaged over the
            patches, to the keys and values of every frame (the paper's summary tokens,
            R = 1).
        **kwargs: Arguments of mmpretrain's ``MultiheadAttention``.

    Raises:
        TypeError: If ``num_heads``, ``shift_div`` or ``mix_span`` is no integer.
        ValueError: If an argument has none of the values above, or the groups are empty
            or larger than the channels.
    """

    def __init__(
        self,
        embed_dims: int,
        num_heads: int,
        window: int = 1,
        shift_div: int = 4,
        mix_targets: Sequence[str] = ('k', 'v'),
        mix_span: int | None = None,
        mix_per_head: bool = False,
        summary_tokens: bool = False,
        **kwargs,
    ) -> None:
        check_positive('num_heads', num_heads)
        check_positive('shift_div', shift_div)
        check_flag('mix_per_head', mix_per_head)
        check_flag('summary_tokens', summary_tokens)
        if mix_span is not None:
            check_positive('mix_span', mix_span)
        if embed_dims % num_heads:
            raise ValueError(
                f'embed_dims={embed_dims} must be divisible by num_heads={num_heads}'
            )
        if type(window) is not int or window not in (0, 1, 2):
            raise ValueError(f'window must be 0, 1 or 2, got {window!r}')
        if not isinstance(mix_targets, list | tuple | set | frozenset) or any(
            not isinstance(target, str) or target not in MIX_TARGETS
            for target in mix_targets
        ):
            raise ValueError(
                f'mix_targets must be a tuple of names from {MIX_TARGETS}, '
                f'got {mix_targets!r}'
            )
        channels = embed_dims // num_heads if mix_per_head else embed_dims
        if window and not 2 * window <= shift_div <= channels:
            raise ValueError(
                f'shift_div must be between {2 * window}, the neighbours of '
                f'window={window}, and {channels}, the channels '
                f'{"of a head" if mix_per_head else "in all"}, got {shift_div}'
            )
        super().__init__(embed_dims, num_heads, **kwargs)
        self.offsets = (1, -1, 2, -2)[: 2 * window]
        self.fold = channels // shift_div if window else 1
        self.mix_targets = frozenset(mix_targets)
        self.mix_span = mix_span
        self.mix_per_head = mix_per_head
        self.summary_tokens = summary_tokens

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        """Attend inside each frame, to keys and values mixed from its neighbours.

        Args:
            x (Tensor): ``(N * T, L, C)``, the class token first.
            num_frames (int): T.

        Returns:
            Tensor: ``(N * T, L, C)``.
        """
        if 'x' in self.mix_targets:
            x = self._mix(x, num_frames)
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        if self.summary_tokens:
            k_summary = self._summarize(k, num_frames)
            v_summary = self._summarize(v, num_frames)
        if 'k' in self.mix_targets:
            k = self._mix(k, num_frames)
        if 'v' in self.mix_targets:
            v = self._mix(v, num_frames)
        if torch.is_grad_enabled() and self.offsets and {'k', 'v'} <= self.mix_targets:
            # As a view it would keep keys and values for the backward pass, unmixed ones.
            q = q.contiguous()
        if self.summary_tokens:
            k, v = torch.cat([k, k_summary], dim=1), torch.cat([v, v_summary], dim=1)

        q, k, v = (z.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for z in (q, k, v))
        attn_drop = self.attn_drop if self.training else 0.0
        x = F.scaled_dot_product_attention(q, k, v, dropout_p=attn_drop)
        x = self.proj(x.transpose(1, 2).flatten(2))
        return self.out_drop(self.gamma1(self.proj_drop(x)))

    def _mix(self, x: Tensor, num_frames: int) -> Tensor:
        """Equation 9 on ``(N * T, L, C)``."""
        if not self.offsets:
            return x
        shape = x.shape
        x = x.unflatten(0, (-1, self.mix_span or num_frames))
        if self.mix_per_head:
            x = x.unflatten(-1, (self.num_heads, -1))
        return channel_shift(x, self.offsets, self.fold).view(shape)

    def _summarize(self, x: Tensor, num_frames: int) -> Tensor:
        """Patch averages of all T frames, ``(N * T, L, C)`` -> ``(N * T, T, C)``."""
        span = self.mix_span or num_frames
        summary = x[:, 1:].mean(dim=1).unflatten(0, (-1, 1, span))
        return summary.expand(-1, span, -1, -1).flatten(0, 1)
