"""What the backbones demand of their input and arguments."""

from torch import Tensor

from ..checks import (
    check_choice,
    check_config,
    check_dtype,
    check_flag,
    check_init_cfg,
    check_integer,
    check_number,
    check_rate,
)


def check_video(x: Tensor, weight: Tensor, patch_size: int = 1) -> None:
    """Raise unless ``x`` is ``(N, 3, T, H, W)``, typed as the weight, of whole patches."""
    check_dtype('the input', x, weight)
    if x.ndim != 5 or x.shape[1] != 3 or 0 in x.shape:
        raise ValueError(
            f'the input must be (N, 3, T, H, W), none empty, got shape {tuple(x.shape)}'
        )
    height, width = x.shape[3:]
    if height % patch_size or width % patch_size:
        raise ValueError(
            f'H and W of the input must be multiples of patch_size={patch_size}, '
            f'got {height} x {width}'
        )


def check_frozen_stages(value: int, depth: int) -> None:
    """Raise unless ``value`` is -1, for none, or counts stages of ``depth``."""
    check_integer('frozen_stages', value, least=-1)
    if value > depth:
        raise ValueError(f'frozen_stages must be at most {depth}, got {value}')


def check_image_arguments(arguments: dict) -> None:
    """Check what is passed on to an image model; a name unknown here is its to refuse."""
    for name, value in arguments.items():
        if name in _IMAGE_ARGUMENTS:
            _IMAGE_ARGUMENTS[name](name, value)


def _check_norm(name: str, value: dict) -> None:
    check_config(name, value, needs_type=True)


def _check_colours(name: str, value: int) -> None:
    check_choice(name, value, (3,))


def _check_interpolation(name: str, value: str) -> None:
    check_choice(name, value, ('bicubic', 'bilinear'))


# Of mmpretrain's ViT and Swin and of timm's Visformer; each has some of them.
_IMAGE_ARGUMENTS = {
    **dict.fromkeys(('in_channels', 'in_chans'), _check_colours),
    **dict.fromkeys(('drop_rate', 'drop_path_rate', 'pos_drop_rate'), check_rate),
    **dict.fromkeys(('proj_drop_rate', 'attn_drop_rate'), check_rate),
    **dict.fromkeys(('qkv_bias', 'final_norm', 'pre_norm', 'norm_eval'), check_flag),
    **dict.fromkeys(('with_cp', 'pad_small_map', 'conv_init'), check_flag),
    'norm_cfg': _check_norm,
    'patch_cfg': check_config,
    'interpolate_mode': _check_interpolation,
    'layer_scale_init_value': check_number,
    'init_cfg': check_init_cfg,
}
