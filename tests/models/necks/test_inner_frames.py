"""The neck that leaves out the frames at a clip's ends."""

import pytest
import torch

from projects.xvit.models import InnerFrames


@pytest.mark.parametrize(
    ('before', 'after', 'kept'), [(0, 0, range(6)), (2, 0, range(2, 6)), (1, 3, [1, 2])]
)
def test_keeps_the_inner_frames(before, after, kept):
    x = torch.randn(2, 6, 3)
    features, losses = InnerFrames(before, after)(x)
    assert torch.equal(features, x[:, list(kept)]) and losses == {}


def test_bad_numbers_are_named():
    with pytest.raises(ValueError, match='before must be at least 0, got -1'):
        InnerFrames(before=-1)
    with pytest.raises(TypeError, match='after must be an integer'):
        InnerFrames(after=1.5)
    with pytest.raises(
        ValueError, match=r'before=2 and after=1 leave none of the 3 frames'
    ):
        InnerFrames(2, 1)(torch.randn(1, 3, 4))
