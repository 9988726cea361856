"""Train a recognizer: MMAction2's own ``tools/train.py``, with this plugin imported.

``python tools/train.py -h`` lists its arguments.
"""

import os

# Before PyTorch starts OpenMP: its threads would spin while they wait, and take the core
# from the data workers. Numbers do not change.
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

from projects.xvit.__main__ import run

if __name__ == '__main__':
    run('train.py')
