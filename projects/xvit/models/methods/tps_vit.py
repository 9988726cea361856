"""TPS on a plain ViT."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ..hosts.vit import VideoViT


@MODELS.register_module()
class TPSViT(VideoViT):
    """TPS (arXiv 2207.13259) on mmpretrain's ViT. The paper's own models are Swins.

    Odd layers shift patches by a mosaic over the patch grid and put them back after
    attention; even layers shift channels of the patches. The class token does not move.
    There are only the image model's parameters.

    Args:
        arch, img_size, patch_size: See :class:`VideoViT`.
        shift_pattern (str | Sequence[Sequence[int]]): The mosaic, ``'official'``,
            ``'bayer'`` or a matrix, see :class:`PatchShift`.
        channel_shift_div (int): See :class:`TPSSwin`.
        **vit_kwargs: More arguments of :class:`VideoViT`.

    Raises:
        TypeError: If ``vit_kwargs`` would change the output.
        ValueError: If an argument is out of range, or the pattern is not a matrix.
    """

    method, citation = 'TPS', 'xiang2022spatiotemporal'

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | tuple[int, int] = 224,
        patch_size: int = 16,
        shift_pattern: str | Sequence[Sequence[int]] = 'official',
        channel_shift_div: int = 8,
        **vit_kwargs,
    ) -> None:
        even, odd = tps_moves(shift_pattern, channel_shift_div)
        super().__init__(
            arch,
            img_size,
            patch_size,
            moves=[[dict(move, tokens='patches') for move in even], odd],
            **vit_kwargs,
        )


def tps_moves(
    shift_pattern: str | Sequence[Sequence[int]], channel_shift_div: int
) -> tuple[list[dict], list[dict]]:
    """The moves of even layers (channel shift) and of odd layers (patch shift).

    Channels ``[0, e)`` of each head come from frame t-1, ``[e, 2e)`` from t+1. The first
    and the last frame keep their own channels where there is no such frame.
    """
    shift = dict(
        type='ChannelShift',
        at='tokens',
        offsets=(-1, 1),
        div=channel_shift_div,
        per_head=True,
        edge='keep',
    )
    patches = dict(type='PatchShift', pattern=shift_pattern)
    return [shift] if channel_shift_div else [], [patches]
