"""The learning rate of every config in configs/, against its authors' formula.

Every config must match a recipe below. The first match counts.
"""

import math
from copy import deepcopy
from fnmatch import fnmatch

import pytest
from config_names import STEPS, loaded
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, init_default_scope
from torch import nn

PER_EPOCH = 400


def slowfast(lr, start, warmup, epochs):
    """X-ViT, ``slowfast/utils/lr_policy.py``: a linear warm-up to the cosine at its end."""

    def cosine(epoch):
        return lr * (math.cos(math.pi * epoch / epochs) + 1) / 2

    def rate(epoch):
        if epoch < warmup:
            return start + (cosine(warmup) - start) * epoch / warmup
        return cosine(epoch)

    return rate, warmup, epochs


def mmcv(lr, ratio, warmup, epochs):
    """TPS, mmcv 1's ``CosineAnnealing``: a step per epoch, times a linear warm-up."""

    def rate(epoch):
        cosine = (math.cos(math.pi * int(epoch) / epochs) + 1) / 2
        return lr * cosine * (1 - (1 - min(epoch / warmup, 1)) * (1 - ratio))

    return rate, warmup, epochs


def steps(lr):
    """LAPS: a tenth from epoch 10, a hundredth from epoch 15, no warm-up."""

    def rate(epoch):
        return lr * 0.1 ** ((epoch >= 10) + (epoch >= 15))

    return rate, 0, 18


def motion(epochs=8):
    """The toy models of this project: a linear warm-up in epoch 0, then a cosine."""

    def rate(epoch):
        if epoch < 1:
            return 1e-3 * (0.05 + 0.95 * epoch)
        return 1e-3 * (math.cos(math.pi * (epoch - 1) / (epochs - 1)) + 1) / 2

    return rate, 1, epochs


def jepa():
    """V-JEPA's attentive probes: a cosine, no warm-up."""
    return lambda epoch: 1e-3 * (math.cos(math.pi * epoch / 20) + 1) / 2, 0, 20


# From SOLVER in the authors' yaml files; for EPIC, from section 4.1 of the paper; for TPS,
# from lr_config; for LAPS, scaled to their batches.
RECIPES = {
    'xvit_motion_across_heads': motion(epochs=30),
    'xvit_causal_motion': motion(epochs=2),
    'xvit_stream_motion': motion(epochs=2),
    'lora_dinov2_motion': motion(epochs=24),
    'lora_siglip2_motion': motion(epochs=24),
    'lora_*_motion*': motion(epochs=16),
    '*_motion*': motion(),
    'probe_*': jepa(),
    # ZeroI2V's configs for CLIP ViT-B/16.
    'lora_*_k400': mmcv(3e-4, ratio=0.1, warmup=2.5, epochs=40),
    'lora_*': mmcv(3e-4, ratio=0.1, warmup=2.5, epochs=50),
    'full_*': mmcv(1e-4, ratio=0.1, warmup=2.5, epochs=50),
    'xvit_ssv2*': slowfast(0.03, start=0.003, warmup=5, epochs=35),
    'xvit_ablation_*': slowfast(0.03, start=0.003, warmup=5, epochs=35),
    'xvit_epic*': slowfast(0.05, start=0.005, warmup=5, epochs=50),
    'xvit_k?00*': slowfast(0.03, start=0.01, warmup=5, epochs=30),
    'tps_*': mmcv(1e-3, ratio=0.1, warmup=2.5, epochs=30),
    'laps_k400_32f': steps(0.036),
    'laps_vit_k400_384': steps(0.03),
    'laps_vit_k400': steps(0.18),
    'laps_base3d_k400': steps(0.1),
    'laps_*': steps(0.2),
}


class Recognizer(nn.Module):
    """Parameters with the names that let optimizers distinguish backbone and head."""

    def __init__(self):
        super().__init__()
        self.backbone, self.cls_head = nn.Linear(1, 1), nn.Linear(1, 1)


def rates_of(cfg):
    """The head's learning rate in every iteration, stepped by mmengine's hook."""
    init_default_scope('mmaction')
    cfg.optim_wrapper.type = 'OptimWrapper'  # AmpOptimWrapper needs a GPU.
    optimizer = build_optim_wrapper(Recognizer(), cfg.optim_wrapper)
    schedulers = [
        PARAM_SCHEDULERS.build(
            dict(scheduler, optimizer=optimizer, epoch_length=PER_EPOCH, _scope_='mmengine')
            if scheduler.get('convert_to_iter_based')
            else dict(scheduler, optimizer=optimizer, _scope_='mmengine')
        )
        for scheduler in cfg.param_scheduler
    ]
    rates = []
    for iteration in range(1, cfg.train_cfg.max_epochs * PER_EPOCH + 1):
        rates.append(optimizer.param_groups[-1]['lr'])
        for scheduler in schedulers:
            if not scheduler.by_epoch or iteration % PER_EPOCH == 0:
                scheduler.step()
    return rates


@pytest.mark.parametrize('name', STEPS)
def test_rate_is_the_authors(name):
    """At the first iteration, the last one of the warm-up, the middle and the last."""
    recipe = next((r for pattern, r in RECIPES.items() if fnmatch(name, pattern)), None)
    assert recipe, f'say in RECIPES which learning rates {name} should have'
    formula, warmup, epochs = recipe
    cfg = deepcopy(loaded(name))
    rates = rates_of(cfg)
    assert len(rates) == epochs * PER_EPOCH
    warm = int(warmup * PER_EPOCH)
    # mmengine's warm-up is one iteration shorter than the authors'.
    early = 2 / max(warm, 1)
    for iteration, tolerance in [
        (0, 1e-9),
        (max(warm - 1, 0), early),
        (warm, 1e-6),
        (len(rates) // 2, 1e-6),
        (len(rates) - 1, 1e-6),
    ]:
        expected = formula(iteration / PER_EPOCH)
        assert rates[iteration] == pytest.approx(expected, rel=tolerance), iteration
    # A linear warm-up times a cosine is above the authors' linear warm-up.
    ratios = [r / formula(i / PER_EPOCH) for i, r in enumerate(rates[:warm])]
    assert all(0.99 < ratio < 1.04 for ratio in ratios)
