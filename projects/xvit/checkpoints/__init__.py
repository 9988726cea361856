"""Checkpoints of other code bases, in the words of this one.

``CONVERTERS`` has a function for each source: a state dict with the source's names in, a
state dict for ``load_checkpoint(strict=True)`` out. Names that a converter does not know
come out as they are, so that strict loading reports them.
"""

from collections.abc import Callable

from torch import Tensor

from . import safetensors_file  # noqa: F401  (registers its loader)
from .laps_vit import convert_laps_vit, describe_laps_vit
from .swin import convert_swin
from .timm_visformer import convert_timm_visformer
from .timm_vit import convert_timm_vit
from .tps import convert_tps, describe_tps
from .xvit import convert_xvit, describe_xvit

CONVERTERS: dict[str, Callable[[dict[str, Tensor]], dict[str, Tensor]]] = {
    'xvit': convert_xvit,
    'laps-vit': convert_laps_vit,
    'tps': convert_tps,
    'swin': convert_swin,
    'timm-vit': convert_timm_vit,
    'timm-visformer': convert_timm_visformer,
}
# What a converted recognizer means, of its weights and the file that they came in.
DESCRIBERS: dict[str, Callable[[dict[str, Tensor], dict], dict[str, dict]]] = {
    'xvit': describe_xvit,
    'laps-vit': describe_laps_vit,
    'tps': describe_tps,
}

__all__ = [
    'CONVERTERS',
    'DESCRIBERS',
    'convert_laps_vit',
    'convert_swin',
    'convert_timm_visformer',
    'convert_timm_vit',
    'convert_tps',
    'convert_xvit',
    'describe_xvit',
]
