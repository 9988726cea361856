"""Checkpoints of other code bases, in the words of this one.

``CONVERTERS`` has a function for each source: a state dict with the source's names in, a
state dict for ``load_checkpoint(strict=True)`` out. Names that a converter does not know
come out as they are, so that strict loading reports them.
"""

from collections.abc import Callable

from torch import Tensor

from .swin import convert_swin
from .timm_vit import convert_timm_vit
from .tps import convert_tps
from .xvit import convert_xvit

CONVERTERS: dict[str, Callable[[dict[str, Tensor]], dict[str, Tensor]]] = {
    'xvit': convert_xvit,
    'tps': convert_tps,
    'swin': convert_swin,
    'timm-vit': convert_timm_vit,
}

__all__ = ['CONVERTERS', 'convert_swin', 'convert_timm_vit', 'convert_tps', 'convert_xvit']
