"""What the heads for per-frame features demand of their arguments and input."""

from torch import Tensor

from ..checks import (
    check_choice,
    check_config,
    check_dtype,
    check_flag,
    check_init_cfg,
    check_positive,
    check_rate,
)


def check_head(
    num_classes: int,
    in_channels: int,
    dropout_ratio: float,
    loss_cls: dict = dict(type='CrossEntropyLoss'),  # noqa: B006
    multi_class: bool = False,
    label_smooth_eps: float = 0.0,
    topk: int | tuple[int, ...] = 1,
    average_clips: str | None = None,
    init_cfg: dict | list[dict] | None = None,
    **unknown,
) -> None:
    """Raise unless these are arguments of MMAction2's ``BaseHead`` and ours."""
    check_positive('num_classes', num_classes)
    check_positive('in_channels', in_channels)
    check_rate('dropout_ratio', dropout_ratio)
    check_config('loss_cls', loss_cls, needs_type=True)
    check_flag('multi_class', multi_class)
    check_rate('label_smooth_eps', label_smooth_eps)
    for k in topk if isinstance(topk, tuple) else (topk,):
        check_positive('topk', k)
    check_choice('average_clips', average_clips, (None, 'score', 'prob'))
    check_init_cfg('init_cfg', init_cfg)
    if unknown:
        raise TypeError(f'heads have no argument {", ".join(sorted(unknown))}')


def check_frame_features(x: Tensor, in_channels: int, weight: Tensor) -> None:
    """Raise unless ``x`` is ``(N, T, in_channels)``, of the weight's type."""
    check_dtype('the input', x, weight)
    if x.ndim != 3 or x.shape[-1] != in_channels or 0 in x.shape:
        raise ValueError(
            f'the features must be (N, T, in_channels={in_channels}), none empty, '
            f'got shape {tuple(x.shape)}'
        )
