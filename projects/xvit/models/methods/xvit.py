"""X-ViT: keys and values take channels from neighbouring frames."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ..hosts.vit import VideoViT

# Mix targets, and the places in a layer that they stand for.
PLACES = dict(x='tokens', k='keys', v='values')


@MODELS.register_module()
class XViT(VideoViT):
    r"""X-ViT (Space-time Mixing Attention for Video Transformer, arXiv 2106.05968).

    Equation 10, :math:`\mathrm{softmax}(q_t \tilde k_t^T / \sqrt d)\, \tilde v_t`, in every
    layer, with :math:`\tilde k_t, \tilde v_t` made of channels of the frames :math:`t - t_w
    \dots t + t_w` (equation 9): one group of ``C // shift_div`` channels for each
    neighbour, in the order t+1, t-1, t+2, t-2. A temporal embedding is added to all tokens
    of a frame. The other parameters and the cost are the image model's.

    Args:
        arch, img_size, patch_size, num_frames: See :class:`VideoViT`.
        window (int): Neighbours on each side, :math:`t_w`: 1, 2, or 0 for none.
        shift_div (int): ``C // shift_div`` channels come from each neighbouring frame.
        mix_targets (Sequence[str]): What is mixed: ``'x'`` (the layer's normed input),
            ``'k'``, ``'v'``.
        mix_span (int, optional): Mix only inside runs of this many frames (8 in the
            authors' 16-frame Kinetics models).
        mix_per_head (bool): Take the channels inside each head, as in the paper's
            equations, instead of across all heads, as in the authors' code.
        summary_tokens (bool): Append the frames' averages to all keys and values.
        temporal_embed_frames (int, optional): See :class:`VideoViT`; ``None`` is
            ``mix_span or num_frames``. The authors have 8, even with 16 frames.
        **vit_kwargs: More arguments of :class:`VideoViT`.

    Raises:
        TypeError: If ``vit_kwargs`` would change the output.
        ValueError: If an argument is out of range, or the groups do not fit the channels.
    """

    method, citation = 'X-ViT', 'bulat2021space'

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | tuple[int, int] = 224,
        patch_size: int = 16,
        num_frames: int = 16,
        window: int = 1,
        shift_div: int = 4,
        mix_targets: Sequence[str] = ('k', 'v'),
        mix_span: int | None = None,
        mix_per_head: bool = False,
        summary_tokens: bool = False,
        temporal_embed_frames: int | None = None,
        **vit_kwargs,
    ) -> None:
        if window not in (0, 1, 2):
            raise ValueError(f'window must be 0, 1 or 2, got {window!r}')
        if isinstance(mix_targets, str) or not set(mix_targets) <= set(PLACES):
            raise ValueError(
                f'mix_targets must be a tuple of names from {tuple(PLACES)}, '
                f'got {mix_targets!r}'
            )
        entries = temporal_embed_frames
        if entries is None:
            entries = mix_span or num_frames

        places = [place for target, place in PLACES.items() if target in mix_targets]
        if places[-2:] == ['keys', 'values']:
            places[-2:] = ['keys_values']
        mix = dict(
            type='ChannelShift',
            offsets=(1, -1, 2, -2)[: 2 * window],
            div=shift_div,
            per_head=mix_per_head,
            span=mix_span,
        )
        moves = [dict(mix, at=place) for place in places] if window else []
        if summary_tokens:
            moves.append(dict(type='SummaryTokens', span=mix_span))
        super().__init__(
            arch, img_size, patch_size, num_frames, [moves], entries, **vit_kwargs
        )
