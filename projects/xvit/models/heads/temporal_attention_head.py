"""X-ViT's head: attention among the frames' class tokens."""

import torch
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmpretrain.models.backbones.vision_transformer import TransformerEncoderLayer
from torch import Tensor, nn

from ...checks import check_integer
from .frame_features import check_frame_features


@MODELS.register_module()
class TemporalAttentionHead(BaseHead):
    r"""Temporal attention over frames (X-ViT, arXiv 2106.05968, section 3, "TA").

    Dropout is applied to the T class tokens, and a learned token is put before them. After
    ``num_layers`` pre-norm transformer layers, the learned token's output goes through an
    MLP: LN - Linear - GELU - Dropout - Linear. With ``num_layers=0`` the MLP takes the mean
    over frames; the authors' model without temporal attention is :class:`FrameAverageHead`.

    Linear layers start as PyTorch initializes them and the token at zero, as in ``VitHead``
    of ``slowfast/models/head_helper.py`` of https://github.com/1adrianb/video-transformers.

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C of the features.
        num_layers (int): Transformer layers; the paper compares 0, 1 and 3.
        num_heads (int): Attention heads, a divisor of C.
        hidden_channels (int): Width of the MLP.
        dropout_ratio (float): Dropout rate of the class tokens, and again inside the MLP.
        **kwargs: Arguments of MMAction2's ``BaseHead``, such as ``loss_cls``,
            ``label_smooth_eps`` and ``average_clips``.

    Raises:
        ValueError: If ``num_heads`` does not divide C, or ``num_layers`` is negative.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_layers: int = 1,
        num_heads: int = 12,
        hidden_channels: int = 768,
        dropout_ratio: float = 0.5,
        **kwargs,
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        check_integer('num_layers', num_layers, least=0)
        if num_layers and in_channels % num_heads:
            raise ValueError(
                f'num_heads must divide in_channels={in_channels}, got {num_heads}'
            )
        self.frame_dropout = nn.Dropout(dropout_ratio)
        if num_layers:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, in_channels))
        self.layers = nn.ModuleList(
            TransformerEncoderLayer(
                embed_dims=in_channels,
                num_heads=num_heads,
                feedforward_channels=4 * in_channels,
                qkv_bias=False,
                norm_cfg=dict(type='LN', eps=1e-5),
            )
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(in_channels, eps=1e-5)
        self.fc_hidden = nn.Linear(in_channels, hidden_channels)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(hidden_channels, num_classes)

    def init_weights(self) -> None:
        """Keep PyTorch's initialization, which mmpretrain's layers would replace."""
        if self.init_cfg:
            super().init_weights()

    def forward(self, x: Tensor, **kwargs) -> Tensor:
        """Class scores of a clip.

        Args:
            x (Tensor): ``(N, T, C)``.

        Returns:
            Tensor: ``(N, num_classes)``, before softmax.

        Raises:
            ValueError: If the shape is wrong.
        """
        check_frame_features(x, self.in_channels)
        x = self.frame_dropout(x)
        if len(self.layers):
            x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)
            for layer in self.layers:
                x = layer(x)
            x = x[:, 0]
        else:
            x = x.mean(dim=1)
        x = self.act(self.fc_hidden(self.norm(x)))
        return self.fc_cls(self.dropout(x))
