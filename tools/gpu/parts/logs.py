"""What the trainings have logged."""

import json
import math
from collections.abc import Iterator
from pathlib import Path


def scalars(work: Path, key: str) -> Iterator[dict]:
    """Yield the lines of MMEngine's logs in a work folder that have this key."""
    for path in sorted(work.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            if key in (found := json.loads(line)):
                yield found


def check_losses(work: Path, last: int = 1) -> str:
    """Say how the loss went.

    Args:
        work (Path): A training's work folder.
        last (int): The step that it must have reached.

    Raises:
        ValueError: If the loss did not stay finite, or this step is missing.
    """
    curve = {line['step']: line['loss'] for line in scalars(work, 'loss')}
    if not curve or not all(map(math.isfinite, curve.values())):
        raise ValueError(f'{work}: no loss, or one that is not finite: {curve}')
    begin, end = min(curve), max(curve)
    if end < last:
        raise ValueError(f'{work}: ended at step {end}, not at {last}')
    return f'loss at step {begin}: {curve[begin]:.4f}, at {end}: {curve[end]:.4f}'
