"""Time and memory of the models, side by side with others."""

from .compare import DTYPES, PASSES, Settings, compare
from .data import data_rates
from .models import NAMES, build_backbone
from .report import conditions, data_markdown, markdown, write_json, write_section
from .timing import CLOCKS

__all__ = [
    'CLOCKS',
    'DTYPES',
    'NAMES',
    'PASSES',
    'Settings',
    'build_backbone',
    'compare',
    'conditions',
    'data_markdown',
    'data_rates',
    'markdown',
    'write_json',
    'write_section',
]
