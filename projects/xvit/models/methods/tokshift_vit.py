"""TokShift: only the class token exchanges channels with neighbouring frames."""

from mmaction.registry import MODELS

from ..hosts.vit import VideoViT


@MODELS.register_module()
class TokShiftViT(VideoViT):
    """TokShift (Token Shift Transformer for Video Classification, arXiv 2108.02432).

    Before attention and again before the MLP, on the residual stream, the class token's
    channels ``[0, f)`` come from frame t+1 and ``[f, 2f)`` from t-1, with zeros beyond the
    clip. Patch tokens do not move. There are only the image model's parameters.

    Args:
        arch, img_size, patch_size, num_frames: See :class:`VideoViT`.
        shift_div (int): f = ``C // shift_div`` channels come from each neighbour.
        **vit_kwargs: More arguments of :class:`VideoViT`.

    Raises:
        TypeError: If ``vit_kwargs`` would change the output.
        ValueError: If an argument is out of range.
    """

    method, citation = 'TokShift', 'zhang2021token'

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | tuple[int, int] = 224,
        patch_size: int = 16,
        num_frames: int = 8,
        shift_div: int = 4,
        **vit_kwargs,
    ) -> None:
        shift = dict(type='ChannelShift', at='stream', div=shift_div, tokens='class')
        super().__init__(arch, img_size, patch_size, num_frames, [[shift]], **vit_kwargs)
