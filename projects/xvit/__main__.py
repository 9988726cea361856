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


def run(tool: str) -> None:
    """Run a tool by its path under MMAction2's ``tools/``, with ``sys.argv[1:]``."""
    script = TOOLS / tool
    if not script.is_file():
        names = sorted(str(path.relative_to(TOOLS)) for path in TOOLS.rglob('*.py'))
        sys.exit(f'MMAction2 has no tool {tool!r}; it has {", ".join(names)}')
    runpy.run_path(str(script), run_name='__main__')


if __name__ == '__main__':
    if len(sys.argv) < 2 or sys.argv[1] in ('-h', '--help'):
        sys.exit(__doc__)
    del sys.argv[0]
    run(sys.argv[0])
