"""Test a recognizer: MMAction2's own ``tools/test.py``, with this plugin imported.

``python tools/test.py -h`` lists its arguments.
"""

import os

os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')  # As tools/train.py does.

from projects.xvit.__main__ import run

if __name__ == '__main__':
    run('test.py')
