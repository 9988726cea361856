import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from projects.xvit.models import TemporalAttentionHead


@pytest.mark.parametrize('num_layers', [0, 1, 3])
def test_temporal_attention_head(num_layers):
    head = TemporalAttentionHead(
        5, 32, num_layers, num_heads=4, hidden_channels=24, dropout_ratio=0.0
    ).double()
    head.init_weights()
    x = torch.randn(2, 6, 32, dtype=torch.float64)
    assert head(x).shape == (2, 5)
    # The head has no positional embedding, so the order of frames does not matter.
    torch.testing.assert_close(head(x.flip(1)), head(x))
    head(x).sum().backward()
    assert all(p.grad is not None for p in head.parameters())


def test_a_negative_number_of_layers_is_named():
    with pytest.raises(ValueError, match='num_layers must be at least 0, got -1'):
        TemporalAttentionHead(5, 32, num_layers=-1)


@pytest.mark.parametrize('num_layers', [1, 2])
def test_class_tokens_are_dropped_before_the_temporal_layers(num_layers):
    """In training, half of the frames' channels are zero and the others doubled."""
    head = TemporalAttentionHead(5, 32, num_layers, num_heads=4, dropout_ratio=0.5)
    seen = []
    head.layers[0].register_forward_hook(lambda module, args, output: seen.append(args[0]))
    x = torch.rand(8, 100, 32) + 1
    head.train()(x)
    head.eval()(x)
    trained, tested = (tokens[:, 1:] for tokens in seen)
    dropped = trained == 0
    assert 0.47 < dropped.float().mean() < 0.53
    torch.testing.assert_close(trained[~dropped], 2 * x[~dropped])
    assert torch.equal(tested, x)
    assert not seen[0][:, 0].any()  # The learned token starts at zero.


def test_temporal_attention_head_starts_as_pytorch_starts_linears():
    """Weights and biases are within 1 / sqrt(n) for n inputs; the token is zero."""
    model = BaseModule()
    model.head = TemporalAttentionHead(40, 64, 2, num_heads=4, hidden_channels=128)
    model.init_weights()
    assert not model.head.cls_token.any()
    linears = [m for m in model.modules() if isinstance(m, nn.Linear)]
    assert len(linears) == 2 * 4 + 2
    for linear in linears:
        bound = linear.in_features**-0.5
        for parameter in (linear.weight, linear.bias):
            if parameter is not None:
                assert 0.8 * bound < parameter.abs().max() <= bound
        assert linear.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)


@pytest.mark.parametrize('shape', [(2, 32), (2, 4, 16), (2, 4, 32, 1)])
def test_bad_features_are_named(shape):
    with pytest.raises(ValueError, match='in_channels=32'):
        TemporalAttentionHead(5, 32, num_heads=4)(torch.zeros(shape))


def test_temporal_attention_head_names_bad_arguments():
    with pytest.raises(ValueError, match=r'num_heads .* got 12'):
        TemporalAttentionHead(5, 32)
