"""The forward pass of the ViT hosts: embed frames, run layers, read out features."""

from collections.abc import Iterable, Sequence

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..moves import Clip
from .checks import check_video
from .temporal_embed import TemporalEmbed


class FrameTokens(TemporalEmbed):
    """A mixin for an image model whose layers run one after another.

    A subclass implements how its image model embeds frames, runs a layer and reads out
    features. ``with_cp`` recomputes each layer in the backward pass.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Compute the features of every frame.

        Args:
            x (Tensor): ``(N, 3, T, H, W)``, normalized pixels.

        Returns:
            Tensor: ``(N, T, C)``, the image model's feature of each frame.

        Raises:
            ValueError: If the shape is wrong, H or W is not a multiple of the patch size,
                or a move does not support T frames.
        """
        check_video(x)
        self.check_num_frames(x.shape[2])
        return self.features(x)

    def features(self, x: Tensor, tape=None) -> Tensor:
        """Run the forward pass, of a whole clip or by a ``streaming.Tape`` of a part."""
        num_frames = x.shape[2]
        x, clips = self.embed(x, tape)
        for layer, clip in zip(self.frame_layers, clips):
            if self.with_cp and x.requires_grad:
                clip = clip._replace(checkpointed=True)
                x = checkpoint(self.run_layer, layer, x, clip, use_reentrant=False)
            else:
                x = self.run_layer(layer, x, clip._replace(tape=tape))
        return self.read_out(x).unflatten(0, (-1, num_frames))

    @property
    def frame_layers(self) -> Sequence[nn.Module]:
        """The image model's layers, each with its attention as ``attn``."""
        raise NotImplementedError

    def embed(self, x: Tensor, tape=None) -> tuple[Tensor, Iterable[Clip]]:
        """Embed ``(N, 3, T, H, W)`` as ``(N * T, S, C)``, with one ``Clip`` per layer."""
        raise NotImplementedError

    @staticmethod
    def run_layer(layer: nn.Module, x: Tensor, clip: Clip) -> Tensor:
        """Run the image model's layer, with its moves, on ``(N * T, S, C)``."""
        raise NotImplementedError

    def read_out(self, x: Tensor) -> Tensor:
        """Return features ``(N * T, C)`` from the tokens after the last layer."""
        raise NotImplementedError

    def check_num_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if a move does not support clips of this length."""
        for layer in self.frame_layers:
            layer.attn.moves.check_frames(num_frames)
