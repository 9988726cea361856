"""Print how the loss of a training went; exit status 1 if it did not stay finite.

python tools/gpu/losses.py WORK_DIR [STEPS]   # STEPS: the last one that there must be
"""

import json
import math
import sys
from pathlib import Path


def main() -> None:
    curve = {}
    for path in sorted(Path(sys.argv[1]).glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            scalars = json.loads(line)
            if 'loss' in scalars:
                curve[scalars['step']] = scalars['loss']
    if not curve or not all(map(math.isfinite, curve.values())):
        sys.exit(f'{sys.argv[1]}: no loss, or one that is not finite: {curve}')
    last = max(curve)
    if len(sys.argv) > 2 and last < int(sys.argv[2]):
        sys.exit(f'{sys.argv[1]}: ended at step {last}, not at {sys.argv[2]}')
    print(
        f'loss at step {min(curve)}: {curve[min(curve)]:.4f}, at {last}: {curve[last]:.4f}'
    )


if __name__ == '__main__':
    main()
