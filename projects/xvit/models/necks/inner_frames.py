"""Leave out the frames at the ends of a clip, which do not see all their neighbours."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from ...checks import check_integer


@MODELS.register_module()
class InnerFrames(nn.Module):
    """Pass only the features of a clip's inner frames to the head.

    In a stream, every frame sees the frames before it; in a short clip, the first frames
    do not. A model that is trained for a stream leaves these out, so that its head learns
    on the features that it gets in the stream.

    Args:
        before (int): Frames to leave out at the start.
        after (int): Frames to leave out at the end.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If an argument is below 0.
    """

    def __init__(self, before: int = 0, after: int = 0) -> None:
        super().__init__()
        check_integer('before', before, least=0)
        check_integer('after', after, least=0)
        self.before, self.after = before, after

    def forward(self, x: Tensor, data_samples: list | None = None) -> tuple[Tensor, dict]:
        """Return ``(N, T - before - after, C)`` and no losses.

        Args:
            x (Tensor): Features ``(N, T, C)``.
            data_samples (list, optional): Not used; MMAction2 passes it.

        Raises:
            ValueError: If no frame is left.
        """
        if x.shape[1] <= self.before + self.after:
            raise ValueError(
                f'before={self.before} and after={self.after} leave none of the '
                f'{x.shape[1]} frames'
            )
        return x[:, self.before : x.shape[1] - self.after], {}
