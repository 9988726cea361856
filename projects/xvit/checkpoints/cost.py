"""What one view costs a recognizer."""

from inspect import signature
from typing import NamedTuple

from mmengine.config import Config
from torch import nn

from ..analysis import count_multiply_adds


class Cost(NamedTuple):
    """Multiply-adds, parameters, and the view ``T x H x W`` that they are counted for."""

    flops: int
    params: int
    view: str


def count_cost(model: nn.Module, cfg: Config) -> Cost:
    """Cost of backbone and head on one view of the config's frames.

    Args:
        model (nn.Module): A recognizer.
        cfg (Config): Its config, for the length and the size of a clip.

    Raises:
        ValueError: If the config does not tell the length or the size.
    """
    view = view_shape(cfg, model.backbone)
    flops = count_multiply_adds(model, (1, 3, *view))
    params = sum(parameter.numel() for parameter in model.parameters())
    return Cost(flops, params, ' x '.join(map(str, view)))


def view_shape(cfg: Config, backbone: nn.Module) -> tuple[int, int, int]:
    """Frames, height and width of a clip: the backbone's arguments, or the pipeline's."""
    defaults = signature(type(backbone)).parameters
    found = {}
    for name in ('num_frames', 'img_size'):
        default = defaults[name].default if name in defaults else None
        found[name] = cfg.model.backbone.get(name, default)
    for transform in cfg.get('test_pipeline') or ():
        found['num_frames'] = found['num_frames'] or transform.get('clip_len')
        found['img_size'] = found['img_size'] or transform.get('crop_size')
    for name, value in found.items():
        if value is None:
            raise ValueError(f'the config must tell {name} to count GFLOPs')
    size = found['img_size']
    return found['num_frames'], *((size, size) if isinstance(size, int) else size)
