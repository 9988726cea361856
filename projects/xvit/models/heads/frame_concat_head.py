"""A linear classifier on the features of all frames side by side."""

from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from mmengine.model.weight_init import trunc_normal_init
from torch import Tensor, nn

from .frame_features import check_frame_features


@MODELS.register_module()
class FrameConcatHead(BaseHead):
    """A linear classifier that sees the order of the frames.

    DINOv2 (arXiv 2304.07193, section 7.2) probes 8 frames of a video in this way on
    Something-Something V2, and averages their features on Kinetics-400, which is
    :class:`FrameAverageHead`.

    Args:
        num_classes (int): Classes.
        in_channels (int): Channels C of a frame's feature.
        num_frames (int): Frames T of a clip.
        **kwargs: Arguments of MMAction2's ``BaseHead``, such as ``loss_cls``,
            ``label_smooth_eps`` and ``average_clips``.
    """

    def __init__(
        self, num_classes: int, in_channels: int, num_frames: int, **kwargs
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        self.num_frames = num_frames
        self.fc_cls = nn.Linear(num_frames * in_channels, num_classes)

    def init_weights(self) -> None:
        trunc_normal_init(self.fc_cls, std=0.01)

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
        return self.fc_cls(x.flatten(1))
