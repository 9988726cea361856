"""On a GPU: the authors' outputs, gradients, mixed precision, and compiled models."""

import copy

import pytest
import torch
from reference_models import BUILD, reference
from toy_models import CLIPS, backbones, stir, toy


def error(out, expected):
    out, expected = out.double().cpu(), expected.double().cpu()
    return ((out - expected).norm() / expected.norm()).item()


def gradients(output, weights, model):
    found = torch.autograd.grad((output * weights).sum(), list(model.parameters()))
    return torch.cat([g.flatten() for g in found])


def stirred(backbone):
    model = toy(backbone)
    stir(model)
    if any(isinstance(module, torch.nn.BatchNorm2d) for module in model.modules()):
        with torch.no_grad():
            for _ in range(30):  # The BatchNorms' statistics become those of the features.
                model.train()(torch.randn(CLIPS))
    return model.eval()


@pytest.mark.parametrize('name', BUILD)
@torch.no_grad()
def test_equals_the_authors_outputs(name, device):
    model, ref = reference(name)
    model.to(device)
    features = model['backbone'](ref['video'].to(device).float() / 64)
    logits = model['cls_head'](features)
    assert features.device.type == device
    assert error(features, ref['features']) < 1e-5
    assert error(logits, ref['logits']) < 1e-5


@pytest.mark.parametrize('name', BUILD)
def test_gradients_of_the_authors_models_equal_those_in_float64(name, device):
    exact, ref = reference(name)
    model = copy.deepcopy(exact).to(device)
    exact.double()
    video = ref['video'][:1].double() / 64
    expected = exact['cls_head'](exact['backbone'](video))
    weights = torch.randn_like(expected)
    logits = model['cls_head'](model['backbone'](video.float().to(device)))
    found = gradients(logits, weights.float().to(device), model)
    assert error(found, gradients(expected, weights, exact)) < 1e-5


@pytest.mark.parametrize('backbone', backbones())
def test_outputs_and_gradients_equal_those_in_float64(backbone, device):
    exact = stirred(backbone)
    model = copy.deepcopy(exact).to(device)
    exact.double()
    x = torch.randn(CLIPS)
    expected = exact(x.double())
    weights = torch.randn_like(expected)
    output = model(x.to(device))
    assert error(output, expected) < 1e-5
    found = gradients(output, weights.float().to(device), model)
    assert error(found, gradients(expected, weights, exact)) < 2e-5


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('backbone', backbones())
def test_mixed_precision_is_close_to_float32(backbone, dtype, device):
    model, x = stirred(backbone).to(device), torch.randn(CLIPS, device=device)
    exact = model(x)
    weights = torch.randn_like(exact)
    with torch.autocast(device, dtype):
        output = model(x)
    bound = 0.05 if dtype == torch.bfloat16 else 0.01
    assert 0 < error(output, exact) < bound
    grads = gradients(output.float(), weights, model)
    assert grads.isfinite().all()
    assert error(grads, gradients(exact, weights, model)) < 4 * bound


@pytest.mark.slow
@pytest.mark.usefixtures('fresh_compiler')
@pytest.mark.parametrize('name', ['XViT', 'LAPSViT', 'TPSSwin'])
def test_compiled_model_equals_eager(name, device):
    (backbone,) = [each for each in backbones() if each.__name__ == name]
    model = stirred(backbone).to(device)
    compiled = torch.compile(model, fullgraph=True)
    x = torch.randn(CLIPS, device=device)
    exact, output = model(x), compiled(x)
    weights = torch.randn_like(exact)
    assert error(output, exact) < 1e-5
    grads = gradients(output, weights, model)
    assert error(grads, gradients(exact, weights, model)) < 2e-5
