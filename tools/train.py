"""Train a recognizer: MMAction2's own ``tools/train.py``, with this plugin imported.

``python tools/train.py -h`` lists its arguments.
"""

import runpy
from pathlib import Path

import mmaction

import projects.xvit  # noqa: F401

if __name__ == '__main__':
    script = Path(mmaction.__file__).parent / '.mim/tools/train.py'
    runpy.run_path(str(script), run_name='__main__')
