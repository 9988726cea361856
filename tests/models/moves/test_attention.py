"""What output moves save for the backward pass."""

import pytest
import torch

from projects.xvit.benchmark.memory import peak_bytes
from projects.xvit.models import VideoViT

ARCH = dict(embed_dims=32, num_layers=12, num_heads=4, feedforward_channels=64)
SIZES = dict(arch=ARCH, img_size=32, patch_size=4, num_frames=8)
SHIFT = dict(type='ChannelShift', at='output', per_head=True)
MOVES = {
    'channels': [[SHIFT]],
    'leap': [[dict(type='Leap', level=1), SHIFT]],
    'patches': [[dict(type='PatchShift')]],
}
each_list = pytest.mark.parametrize('moves', MOVES.values(), ids=MOVES)


def peak(**options):
    model = VideoViT(**SIZES, **options).train()
    x = torch.randn(2, 3, 8, 32, 32)

    def step():
        model(x).sum().backward()

    step()
    model.zero_grad()
    return peak_bytes(step, torch.device('cpu'))


@each_list
@pytest.mark.parametrize('with_cp', [False, True])
def test_moved_output_is_not_kept(moves, with_cp):
    """A layer may briefly hold two more copies of its tokens, but not every layer."""
    tokens = 2 * 8 * (1 + 8 * 8) * ARCH['embed_dims'] * 4
    more = peak(moves=moves, with_cp=with_cp) - peak(with_cp=with_cp)
    assert more < 3 * tokens
