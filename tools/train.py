"""Train a recognizer: MMAction2's own ``tools/train.py``, with this plugin imported.

``python tools/train.py -h`` lists its arguments.
"""

from projects.xvit.__main__ import run

if __name__ == '__main__':
    run('train.py')
