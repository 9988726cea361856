"""Checkpoints: those of other code bases converted, and all of them read safely.

``CONVERTERS`` has a function for each source. It takes a state dict with the source's names
and returns one for ``load_checkpoint(strict=True)``. It keeps names that it does not know,
so that strict loading reports them. ``DESCRIBERS`` has a function for each source of whole
recognizers. It takes the converted weights and the file that they came in, and returns the
arguments of ``backbone`` and ``cls_head`` that the file tells.
"""

from collections.abc import Callable

from torch import Tensor

from . import safetensors_file  # noqa: F401  (registers its loader)
from .image_models import convert_swin, convert_timm_visformer, convert_timm_vit
from .recognizers import (
    convert_laps_vit,
    convert_tps,
    convert_xvit,
    describe_laps_vit,
    describe_tps,
    describe_xvit,
)

CONVERTERS: dict[str, Callable[[dict[str, Tensor]], dict[str, Tensor]]] = {
    'xvit': convert_xvit,
    'laps-vit': convert_laps_vit,
    'tps': convert_tps,
    'swin': convert_swin,
    'timm-vit': convert_timm_vit,
    'timm-visformer': convert_timm_visformer,
}
DESCRIBERS: dict[str, Callable[[dict[str, Tensor], dict], dict[str, dict]]] = {
    'xvit': describe_xvit,
    'laps-vit': describe_laps_vit,
    'tps': describe_tps,
}
