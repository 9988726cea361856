"""A linear classifier on every frame, with scores averaged over the clip."""

from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmengine.model.weight_init import trunc_normal_init
from torch import Tensor, nn

from .frame_features import check_frame_features


@MODELS.register_module()
class FrameAverageHead(BaseHead):
    """Average of the frames' class scores (LAPS; X-ViT without temporal attention).

    X-ViT's authors use ``dropout_ratio=0.5`` and ``init_std=0.001``
    (``slowfast/models/video_model_builder.py`` of
    https://github.com/1adrianb/video-transformers).

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C of the features.
        dropout_ratio (float): Dropout rate before the classifier.
        init_std (float): Standard deviation of the classifier's initial weights.
        **kwargs: Arguments of MMAction2's ``BaseHead``, such as ``loss_cls``,
            ``label_smooth_eps`` and ``average_clips``.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        dropout_ratio: float = 0.0,
        init_std: float = 0.02,
        **kwargs,
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        self.init_std = init_std
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def init_weights(self) -> None:
        trunc_normal_init(self.fc_cls, std=self.init_std)

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
        return self.fc_cls(self.dropout(x)).mean(dim=1)
