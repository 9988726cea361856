"""On a GPU: the same seed gives the same bits, no step waits for the GPU; the tools run."""

import json

import pytest
import torch
from commands import CONFIG, finish, last_checkpoint, options, same, start
from torch.profiler import ProfilerActivity, profile
from toy_models import CLIPS, DROPS, backbones, of_image_model, toy


def train_step(model, x):
    """Forward and backward pass; what they computed."""
    model.zero_grad(set_to_none=True)
    output = model(x)
    output.square().mean().backward()
    return [output.detach(), *(p.grad for p in model.parameters())]


@pytest.fixture
def deterministic():
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures('deterministic')
@pytest.mark.parametrize('backbone', backbones())
def test_the_same_seed_gives_the_same_bits(backbone, device):
    """With dropout and drop path. Raises where an operator is not deterministic on CUDA."""
    model = toy(backbone, **of_image_model(DROPS, backbone)).to(device).train()
    x = torch.randn(CLIPS, device=device)
    results = []
    for _ in range(2):
        torch.manual_seed(1)
        results.append([value.clone() for value in train_step(model, x)])
    assert same(*results)
    assert all(value.isfinite().all() for value in results[0])


@pytest.mark.parametrize('backbone', backbones())
def test_no_step_waits_for_the_gpu(backbone, device):
    model = toy(backbone, **of_image_model(DROPS, backbone)).to(device).train()
    x = torch.randn(CLIPS, device=device)
    train_step(model, x)  # Makes tables that are kept.
    if device == 'cpu':  # Nothing waits there: find what would.
        with profile(activities=[ProfilerActivity.CPU]) as profiled:
            train_step(model, x)
        names = {event.name for event in profiled.events()}
        assert 'aten::_local_scalar_dense' not in names
        return
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode('error')  # Raises where the host would wait.
    try:
        train_step(model, x)
    finally:
        torch.cuda.set_sync_debug_mode('default')


# Trains into both folders in one process: most of a short training's time is its start.
TRAIN_TWICE = """
import runpy, sys
one, other, *arguments = sys.argv[1:]
for work in (one, other):
    sys.argv = ['tools/train.py', *arguments, '--work-dir', work]
    runpy.run_path(sys.argv[0], run_name='__main__')
"""


def test_a_deterministic_training_twice_gives_the_same_weights(device, motion, tmp_path):
    extra = {'train_cfg.max_epochs': 1, 'randomness.deterministic': True}
    extra |= {f'{split}_dataloader.persistent_workers': False for split in ('train', 'val')}
    works = [tmp_path / name for name in ('one', 'other')]
    arguments = (*works, CONFIG, *options(motion, **extra))
    code, output = finish(start('python', '-c', TRAIN_TWICE, *arguments))
    assert code == 0, output[-4000:]
    one, other = map(last_checkpoint, works)
    assert same(one['state_dict'], other['state_dict'])
    assert same(one['optimizer'], other['optimizer'])


def test_the_benchmark_measures(device, tool, tmp_path):
    out = tmp_path / 'out.json'
    arguments = ['--side', 64, '--rounds', 1, '--device', device, '--dtype', 'bfloat16']
    code, printed = tool('benchmark', 'configs/xvit_motion.py', *arguments, '--json', out)
    assert code == 0, printed
    assert all(row['peak_bytes'] > 0 for row in json.loads(out.read_text())['rows'])
