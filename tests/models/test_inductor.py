"""With inductor, every backbone computes the same as in eager mode, backward too."""

import copy

import pytest
import torch
from toy_models import CLIPS, backbones, toy


def relative_error(out, ref):
    return ((out - ref).norm() / ref.norm()).item()


@pytest.mark.slow
@pytest.mark.parametrize('backbone', backbones())
def test_inductor_equals_eager(backbone, fresh_compiler):
    """Against eager float64, compiled float32 is about as accurate as eager float32."""
    model = toy(backbone).eval()
    exact = copy.deepcopy(model).double()
    x = torch.randn(CLIPS)
    weights = torch.randn_like(model(x))

    def outputs(forward, dtype=torch.float32):
        y = forward(x.to(dtype))
        parameters = list((exact if dtype == torch.float64 else model).parameters())
        gradients = torch.autograd.grad((y * weights).sum(), parameters)
        return y.detach(), torch.cat([g.flatten() for g in gradients])

    eager, compiled = outputs(model), outputs(torch.compile(model, fullgraph=True))
    for ref, plain, fused in zip(outputs(exact, torch.float64), eager, compiled):
        assert relative_error(fused, ref) < max(1e-5, 4 * relative_error(plain, ref))
