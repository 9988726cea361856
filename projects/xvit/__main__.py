"""Run one of MMAction2's own tools with this plugin imported::

    python -m projects.xvit deployment/publish_model.py IN OUT
    python -m projects.xvit analysis_tools/get_flops.py CONFIG --shape 1 3 16 224 224

The tools are those of the installed MMAction2. A tool that reads a checkpoint but no config
would not get the repairs of :mod:`projects.xvit.compat` otherwise.
"""

import runpy
import sys
from pathlib import Path

import mmaction

import projects.xvit  # noqa: F401

TOOLS = Path(mmaction.__file__).parent / '.mim/tools'

if __name__ == '__main__':
    if len(sys.argv) < 2 or sys.argv[1] in ('-h', '--help'):
        sys.exit(__doc__)
    del sys.argv[0]
    if not (TOOLS / sys.argv[0]).is_file():
        names = sorted(str(path.relative_to(TOOLS)) for path in TOOLS.rglob('*.py'))
        sys.exit(f'MMAction2 has no tool {sys.argv[0]!r}; it has {", ".join(names)}')
    runpy.run_path(str(TOOLS / sys.argv[0]), run_name='__main__')
