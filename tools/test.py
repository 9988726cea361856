"""Test a recognizer: MMAction2's own ``tools/test.py``, with this plugin imported.

``python tools/test.py -h`` lists its arguments.
"""

import runpy
from pathlib import Path

import mmaction

import projects.xvit  # noqa: F401

if __name__ == '__main__':
    script = Path(mmaction.__file__).parent / '.mim/tools/test.py'
    runpy.run_path(str(script), run_name='__main__')
