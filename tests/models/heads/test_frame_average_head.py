import pytest
import torch

from projects.xvit.models import FrameAverageHead


def test_frame_average_head_as_x_vit_has_it():
    head = FrameAverageHead(50, 64, dropout_ratio=0.5, init_std=0.001)
    head.init_weights()
    assert head.fc_cls.weight.std().item() == pytest.approx(0.001, rel=0.1)
    assert not head.fc_cls.bias.any()
    seen = []
    head.fc_cls.register_forward_hook(lambda module, args, output: seen.append(args[0]))
    head.train()(torch.ones(4, 100, 64))
    assert 0.47 < (seen[0] == 0).float().mean() < 0.53


def test_frame_average_head_averages_scores():
    head = FrameAverageHead(5, 32, dropout_ratio=0.5).eval()
    x = torch.randn(2, 6, 32)
    expected = torch.stack([head.fc_cls(x[:, t]) for t in range(6)]).mean(0)
    torch.testing.assert_close(head(x), expected)


@pytest.mark.parametrize('shape', [(2, 32), (2, 4, 16), (2, 4, 32, 1)])
def test_bad_features_are_named(shape):
    with pytest.raises(ValueError, match='in_channels=32'):
        FrameAverageHead(5, 32)(torch.zeros(shape))
