"""The curves of a training, from the logs that MMEngine wrote."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

Curve = dict[int, float]


@dataclass
class Curves:
    """Values by step, by name.

    Args:
        training (dict[str, Curve]): ``loss``, ``lr``, ... by iteration.
        validation (dict[str, Curve]): ``acc/top1``, ... by epoch, or by iteration if
            training did not count epochs.
        by_epoch (bool): Whether validation is by epoch.
    """

    training: dict[str, Curve] = field(default_factory=dict)
    validation: dict[str, Curve] = field(default_factory=dict)
    by_epoch: bool = False


def read_curves(work: Path) -> Curves:
    """The curves of all runs in a work folder, empty if there is no log.

    Where a run was resumed, the later run's values count from its first step on.
    """
    curves = Curves()
    for path in sorted(work.glob('*/vis_data/scalars.json')):
        run = _read_run(path)
        curves.by_epoch |= run.by_epoch
        for old, new in (
            (curves.training, run.training),
            (curves.validation, run.validation),
        ):
            for name, curve in new.items():
                first = min(curve)
                kept = {step: v for step, v in old.get(name, {}).items() if step < first}
                old[name] = kept | dict(sorted(curve.items()))
    return curves


def _read_run(path: Path) -> Curves:
    run = Curves()
    for line in path.read_text().splitlines():
        scalars = {}
        with suppress(json.JSONDecodeError):  # A killed run leaves half a line at the end.
            scalars = json.loads(line)
        step = scalars.pop('step', None)
        # MMEngine logs the learning rate in training alone.
        is_training = 'lr' in scalars or 'loss' in scalars
        if is_training and 'epoch' in scalars:
            run.by_epoch = True
        for name in ('iter', 'epoch', 'time', 'data_time', 'memory'):
            scalars.pop(name, None)
        for name, value in scalars.items():
            if isinstance(value, (int, float)):
                part = run.training if is_training else run.validation
                part.setdefault(name, {})[step] = value
    return run
