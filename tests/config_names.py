"""The configs, and which of them a fast run of the tests passes over."""

import functools
from fnmatch import fnmatch
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[1] / 'configs'
NAMES = sorted(path.stem for path in CONFIGS.glob('*.py'))
# Hosts on further data sets: each part of these configs is also in a faster test.
GRID = ('lora_*_k400', 'lora_*_epic', 'probe_*_k400', 'probe_*_ssv2*')
STEPS = [
    pytest.param(name, marks=pytest.mark.slow)
    if any(fnmatch(name, pattern) for pattern in GRID) and '_dinov3_b_' not in name
    else name
    for name in NAMES
]


@functools.cache
def loaded(name: str) -> Config:
    """A config, read once. Copy it before you change it."""
    return Config.fromfile(CONFIGS / f'{name}.py')
