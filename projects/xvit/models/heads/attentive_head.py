"""An attentive probe: one learned query attends to the frames' features."""

from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from timm.layers import AttentionPoolLatent
from torch import Tensor, nn

from .frame_features import check_frame_features


@MODELS.register_module()
class AttentiveHead(BaseHead):
    """Attention pooling over frames with a learned query, and a linear classifier.

    V-JEPA (arXiv 2404.08471) probes frozen features with a layer of cross-attention and an
    MLP with a residual connection (``src/models/attentive_pooler.py`` of
    https://github.com/facebookresearch/jepa). It attends to all patches of all frames, and
    its features know the time. Here there is one feature for each frame, so a learned
    embedding of the time is added. Without it, the order of the frames would make no
    difference, see arXiv 2503.24298.

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C of the features.
        num_frames (int): Frames T of a clip.
        num_heads (int): Attention heads, a divisor of C.
        **kwargs: Arguments of MMAction2's ``BaseHead``, such as ``loss_cls``,
            ``label_smooth_eps`` and ``average_clips``.

    Raises:
        ValueError: If ``num_heads`` does not divide C.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_frames: int,
        num_heads: int = 12,
        **kwargs,
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        if in_channels % num_heads:
            raise ValueError(
                f'num_heads must divide in_channels={in_channels}, got {num_heads}'
            )
        self.num_frames = num_frames
        self.norm = nn.LayerNorm(in_channels)
        self.pool = AttentionPoolLatent(
            in_channels,
            num_heads=num_heads,
            feat_size=num_frames,
            pos_embed='abs',
            norm_layer=nn.LayerNorm,
        )
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def init_weights(self) -> None:
        """Keep the initialization of timm and PyTorch."""
        if self.init_cfg:
            super().init_weights()

    def forward(self, x: Tensor, **kwargs) -> Tensor:
        """Class scores of a clip.

        Args:
            x (Tensor): ``(N, T, C)``.

        Returns:
            Tensor: ``(N, num_classes)``, before softmax.

        Raises:
            ValueError: If the shape is wrong, or T is not ``num_frames``.
        """
        check_frame_features(x, self.in_channels, self.num_frames)
        return self.fc_cls(self.pool(self.norm(x)))
