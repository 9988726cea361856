"""X-ViT's temporal embedding: learned, and tiled along the clip."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...checkpoints.reshaped import warn_reshaped


class TemporalEmbed:
    """A mixin for hosts that adds ``temporal_embed`` to all tokens of a frame.

    Frame t gets entry ``t % E``. Loading a checkpoint with a different number of entries is
    an error, unless ``interpolate_temporal_embed`` is set.
    """

    def make_temporal_embed(self, frames: int, channels: int, interpolate: bool) -> None:
        """Create the parameter with E = ``frames`` entries; 0 creates none."""
        self.temporal_embed_frames = frames
        self.interpolate_temporal_embed = interpolate
        self.temporal_embed = (
            nn.Parameter(torch.zeros(1, frames, 1, channels)) if frames else None
        )

    def embed_time(self, x: Tensor, num_frames: int, tape=None) -> Tensor:
        """Add the embedding to ``(N * T, S, C)``."""
        if self.temporal_embed is None:
            return x
        if tape is None:
            times = -(-num_frames // self.temporal_embed_frames)
            embed = self.temporal_embed.repeat(1, times, 1, 1)[:, :num_frames]
        else:
            embed = self.temporal_embed[0, tape.new_times % self.temporal_embed_frames]
        return (x.unflatten(0, (-1, num_frames)) + embed).flatten(0, 1)

    def load_temporal_embed(self, state_dict: dict[str, Tensor], prefix: str) -> None:
        """Interpolate the checkpoint's embedding, in place, if its length differs.

        Raises:
            ValueError: If it differs and is not to be interpolated.
        """
        name = f'{prefix}temporal_embed'
        embed, wanted = state_dict.get(name), self.temporal_embed_frames
        if embed is None or embed.ndim != 4 or embed.shape[1] == wanted:
            return
        entries = embed.shape[1]
        if not (self.interpolate_temporal_embed and wanted):
            raise ValueError(
                f'{name} has {entries} entries in the checkpoint, {wanted} in the model: '
                f'set temporal_embed_frames={entries}, or interpolate_temporal_embed=True '
                'to resize it'
            )
        by_channel = embed.squeeze(2).transpose(1, 2).float()
        resized = F.interpolate(by_channel, size=wanted, mode='linear')
        state_dict[name] = resized.transpose(1, 2).unsqueeze(2).to(embed.dtype)
        warn_reshaped(name, embed.shape, state_dict[name].shape)
