"""The steps of quickstart.sh, in the current directory: data, training, testing, a picture.

The screen shows a line or two for each step, and a progress bar for training. What the
commands print goes to ``work_dirs/quickstart.log``. A step that was finished earlier is not
repeated, and an interrupted training goes on from its last checkpoint.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import torch
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
DATA, WORK = Path('data/motion'), Path('work_dirs')
LOG, PICTURE = WORK / 'quickstart.log', WORK / 'prediction.png'
EPOCHS = 8  # As configs/_base_/motion.py says.
MODELS = {'xvit_motion': 'X-ViT', 'xvit_motion_window0': 'per-frame ViT'}
# A line that MMEngine's LoggerHook writes.
TRAINING = re.compile(r'Epoch\(train\) +\[(\d+)\]\[ *(\d+)/(\d+)\].* loss: (\S+)')


def run(title: str, command: list, epochs: int | None = None) -> None:
    """Run a command, with its output in the log and a progress bar if it trains.

    Args:
        title (str): What the step does.
        command (list): The command's words.
        epochs (int, optional): How many epochs it trains for.

    Raises:
        SystemExit: If the command failed. Its status is the command's, and the end of the
            output was shown.
    """
    print(f'== {title}', flush=True)
    start = time.monotonic()
    last_lines = deque(maxlen=30)
    # disable=None: no bar unless it is shown on a terminal.
    bar = tqdm(disable=None if epochs else True, leave=False, unit='step')
    process = subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
    )
    with process, bar, LOG.open('a') as log:
        try:
            for line in process.stdout:
                log.write(line)
                last_lines.append(line)
                if epochs and (match := TRAINING.search(line)):
                    epoch, step, steps = map(int, match.groups()[:3])
                    bar.total = steps * epochs
                    bar.set_postfix_str(f'epoch {epoch}, loss {match[4]}', refresh=False)
                    bar.update(steps * (epoch - 1) + step - bar.n)
        except BaseException:
            process.terminate()  # The next run must not meet this one.
            process.wait()
            raise
    code = process.returncode
    if code:
        print(''.join(last_lines), file=sys.stderr)
        print(f'Failed with status {code}. The whole log: {LOG}', file=sys.stderr)
        sys.exit(code if code > 0 else 128 - code)
    print(f'   {time.monotonic() - start:.0f} s', flush=True)


def tool(name: str, positional: list, options: list) -> list:
    """The command of ``tools/NAME.py``, or of ``tools/dist_NAME.sh`` on several GPUs."""
    gpus = torch.cuda.device_count()
    if gpus > 1:
        return ['bash', ROOT / f'tools/dist_{name}.sh', *positional, gpus, *options]
    return [sys.executable, ROOT / f'tools/{name}.py', *positional, *options]


def train_and_test(name: str) -> None:
    """Train and test ``configs/NAME.py``. ``work_dirs/NAME/accuracy`` gets the top-1."""
    config, work = ROOT / f'configs/{name}.py', WORK / name
    checkpoint, accuracy = work / f'epoch_{EPOCHS}.pth', work / 'accuracy'
    title = f'Training {MODELS[name]}: configs/{name}.py, {EPOCHS} epochs'
    if checkpoint.exists():
        print(f'== {title}\n   finished earlier; delete {work} to repeat it')
    else:
        accuracy.unlink(missing_ok=True)
        # The configs take 16 clips a step, however many processes share them.
        batch_size = max(1, 16 // max(1, torch.cuda.device_count()))
        batch = ['--cfg-options', f'train_dataloader.batch_size={batch_size}']
        options = ['--work-dir', work, '--resume', *batch]
        run(title, tool('train', [config], options), EPOCHS)
    if not accuracy.exists():
        command = tool('test', [config, checkpoint], ['--work-dir', work])
        run(f'Testing {MODELS[name]} on 2 temporal x 3 spatial views', command)
        scores = max(work.glob('*/*.json'))  # The newest: folders are named by the time.
        top1 = json.loads(scores.read_text())['acc/top1']
        part = work / 'part-accuracy'
        part.write_text(f'{top1:.4f}\n')
        os.replace(part, accuracy)


def main() -> None:
    WORK.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(('', 0))
        os.environ.setdefault('PORT', str(free.getsockname()[1]))
    print(f'The log of all steps: {LOG}')
    if not (DATA / 'val.txt').exists():  # It is written last.
        script = ROOT / 'tools/data/make_motion_dataset.py'
        run(f'Rendering videos into {DATA}', [sys.executable, script, DATA])
    for name in MODELS:
        train_and_test(name)
    script = ROOT / 'tools/quickstart_picture.py'
    run('Drawing what the models say', [sys.executable, script])

    print('\nTop-1 accuracy on the motion validation set, 6 views; chance is 0.125:')
    for name, title in MODELS.items():
        print(f'  {title:15}{(WORK / name / "accuracy").read_text().strip()}')
    print(f"""One frame shows no motion. X-ViT's attention also sees the frames around it.

Picture: {PICTURE}
Log:     {LOG}
Next, in the environment (source .venv/bin/activate):
  python tools/train.py configs/laps_motion.py   LAPS on the same data; TPS: tps_motion.py
  tools/dist_train.sh configs/xvit_ssv2.py 8     X-ViT-B/16 on Something-Something V2
  README.md                                      use it in your own MMAction2 config""")


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('\nInterrupted. Run tools/quickstart.sh again to go on.', file=sys.stderr)
        sys.exit(130)
