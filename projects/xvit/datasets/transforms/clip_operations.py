"""timm's AutoAugment on whole clips: one draw for all frames, the pixels of each image."""

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
from PIL import Image
from timm.data import auto_augment

from .clip_warps import WARPS, warp, warped_region
from .clips import Frames
from .crop_region import WHOLE, Region
from .value_tables import LOOKED_UP, TABLES, look_up, posterize, table_of


class Operation(NamedTuple):
    """An operation with its strength and interpolation. It draws nothing more.

    Args:
        apply (callable): From the frames of a clip and a region to that region of the new
            frames.
        reads (callable): From a region and the frames' shape to the region that ``apply``
            computes it from.
    """

    apply: Callable[[Frames, Region], Frames]
    reads: Callable[[Region, tuple[int, ...]], Region]


def efficientnet_policy(
    fill: tuple[int, int, int], backend: str = 'pillow'
) -> Callable[[], list[Operation]]:
    """Return timm's AutoAugment with EfficientNet's policy, as a function that draws.

    timm draws an operation's strength, and passes on what it shall augment. Here that is a
    list, to which the operation is added. With ``backend='pillow'``, each frame then
    becomes what timm makes of it as an image, bit for bit, if it draws the same random
    numbers.

    One of the operations keeps 0 bits of each value, so the frame becomes black. Newer
    versions of Pillow refuse that.

    Args:
        fill (tuple[int]): Red, green and blue of pixels from outside the frame.
        backend (str): See :func:`.clip_warps.warp`.
    """
    policy = auto_augment.auto_augment_transform('v0', dict(img_mean=fill))
    for operation in chain(*policy.policy):
        name, function = operation.name, operation.aug_fn
        reads = everything
        if name in WARPS:
            apply = partial(warp, function=function, backend=backend)
            reads = partial(warped_region, function=function)
        elif name in TABLES:
            apply = partial(look_up, tables=TABLES[name])
        elif name in LOOKED_UP:
            function = posterize if name == 'Posterize' else function
            apply = partial(look_up, tables=partial(table_of, function=function))
            reads = the_same
        elif name == 'Color':
            apply, reads = partial(on_images, function=function), the_same
        else:
            raise NotImplementedError(f"timm's policy v0 has {name}, not known here")
        operation.aug_fn = partial(draw, name=name, apply=apply, reads=reads)
    return partial(policy, [])


def draw(
    drawn: list[Operation],
    *strength,
    name: str,
    apply: Callable,
    reads: Callable,
    **kwargs,
) -> list[Operation]:
    """Add an operation, of which timm drew the strength."""
    if name in WARPS:
        auto_augment._check_args_tf(kwargs)  # Draws the interpolation.
    bind = lambda function: lambda *inputs: function(*inputs, *strength, **kwargs)
    return [*drawn, Operation(bind(apply), bind(reads))]


def augment(frames: Frames, operations: list[Operation], region: Region = WHOLE) -> Frames:
    """Apply operations one after the other, and compute a region of the result only.

    Args:
        frames (list[np.ndarray]): ``(H, W, 3)`` uint8. They are not changed.
        operations (list[Operation]): What was drawn.
        region (tuple[slice]): Rows and columns.

    Returns:
        list[np.ndarray]: New frames of the same size. Outside the region they may hold
            anything.
    """
    if len({frame.shape for frame in frames}) > 1:
        return [augment([frame], operations, region)[0] for frame in frames]
    shape = frames[0].shape
    regions = [region]  # Of each operation's result, what the next one reads.
    for operation in reversed(operations[1:]):
        regions.insert(0, operation.reads(regions[0], shape))
    new = [np.empty(shape, dtype=np.uint8) for _ in frames]
    for operation, wanted in zip(operations or [UNCHANGED], regions):
        for frame, part in zip(new, operation.apply(frames, wanted)):
            frame[wanted] = part
        frames = new
    return new


def the_same(region: Region, shape: tuple[int, ...], *args, **kwargs) -> Region:
    """What an operation reads that computes each pixel from that pixel alone."""
    return region


def everything(region: Region, shape: tuple[int, ...], *args, **kwargs) -> Region:
    """What an operation reads that counts the values of the whole frame."""
    return WHOLE


UNCHANGED = Operation(lambda frames, region: [frame[region] for frame in frames], the_same)


def on_images(
    frames: Frames, region: Region, *strength, function: Callable, **kwargs
) -> Frames:
    """Apply one of timm's functions, which is pointwise, to each frame as an image."""
    parts = (Image.fromarray(frame[region]) for frame in frames)
    return [np.asarray(function(part, *strength, **kwargs)) for part in parts]
