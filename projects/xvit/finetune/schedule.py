"""A learning rate schedule for another number of epochs."""

from collections.abc import Sequence

import numpy as np

STEPS = 1000  # With fewer steps than this, a small data set is hardly learned.
PARTS = ('begin', 'end', 'T_max')
COUNTS = ('milestones', 'step_size', 'periods', 'total_steps')


def enough_epochs(epochs: int, steps_per_epoch: int) -> int:
    """Return ``epochs``, or more if these would be fewer than ``STEPS`` steps.

    A recipe for 200,000 videos makes more steps in an epoch than one for 200 in all.
    """
    return max(epochs, -(-STEPS // steps_per_epoch))


def stretch(schedulers: Sequence[dict], ratio: float) -> list[dict]:
    """Return the schedulers with all their times, in epochs, multiplied by ``ratio``.

    A scheduler whose times are then no whole epochs changes the rate at every iteration.
    One that counts iterations (``by_epoch=False``) is kept as it is.

    Args:
        schedulers: MMEngine's ``param_scheduler``.
        ratio: New number of epochs over the old one.
    """
    return [
        dict(scheduler)
        if scheduler.get('by_epoch') is False
        else _stretch(scheduler, ratio)
        for scheduler in schedulers
    ]


def _stretch(scheduler: dict, ratio: float) -> dict:
    new = dict(scheduler)
    for key in PARTS:
        if key in new:
            time = round(new[key] * ratio, 4)
            new[key] = int(time) if time == int(time) else time
            if not isinstance(new[key], int):
                new['convert_to_iter_based'] = True
    for key in COUNTS:
        if key in new:
            counts = np.maximum(1, np.round(np.multiply(new[key], ratio))).astype(int)
            new[key] = counts.tolist()
    return new
