"""Test a recognizer as a stream: how soon does it find the class after a change?

Streams every video of the config's test set, a ``StreamWindowsDataset``, frame by frame. It
prints the accuracy over all frames, and how many changes of class are found in time: the
answer is right within some frames of the new class, and stays right. The model's delay
counts, see :mod:`projects.xvit.streaming.changes`.
"""

import argparse
import json
import os.path as osp
import statistics

from mmaction.apis import init_recognizer
from mmengine.config import Config, DictAction

from projects.xvit.checks import find_device
from projects.xvit.streaming import StreamRecognizer
from projects.xvit.streaming.changes import HOLD, find_changes
from projects.xvit.streaming.preprocessing import FramePreprocessor
from projects.xvit.streaming.sources import VideoFile
from projects.xvit.streaming.watch import watch


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('config')
    add('checkpoint')
    add('--within', type=int, default=8, metavar='FRAMES', help='default: 8')
    add('--chunk', type=int, default=32, metavar='FRAMES', help='frames in a step')
    add('--device', help='default: the GPU, or the CPU without one')
    add('--cfg-options', nargs='+', action=DictAction, default={}, metavar='KEY=VALUE')
    args = parser.parse_args()
    for path in (args.config, args.checkpoint):
        if not osp.isfile(path):
            parser.error(f'{path} does not exist')
    try:
        device = find_device(args.device)
    except ValueError as error:
        parser.error(str(error))
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    data = cfg.test_dataloader.dataset
    annotations = osp.join(data.data_root, data.ann_file)
    if not osp.isfile(annotations):
        parser.error(f'{annotations} does not exist')

    model = init_recognizer(cfg, args.checkpoint, device=device)
    prepare = FramePreprocessor(model.cfg, model.data_preprocessor)
    recognizer = StreamRecognizer(model, prepare.window_of(model))
    with open(annotations) as file:
        videos = json.load(file)['videos']
    frames, right, changes = 0, 0, []
    for name, about in videos.items():
        video = VideoFile(osp.join(data.data_root, data.data_prefix.video, name))
        answers = watch(video.chunks(args.chunk), recognizer, prepare)
        labels = [int(scores.argmax()) for _, scores in answers]
        for segment in about['segments']:
            found = labels[segment['start'] : segment['end']]
            frames += len(found)
            right += found.count(segment['label'])
        changes += find_changes(labels, about['segments'], recognizer.delay)
    lags = [change.lag for change in changes if change.lag is not None]
    in_time = sum(lag <= args.within for lag in lags)
    print(f'{len(videos)} videos, {frames} frames: {100 * right / frames:.2f} % right')
    print(
        f'{len(changes)} changes: {100 * in_time / len(changes):.2f} % found within '
        f'{args.within} frames, and right for the next {HOLD}'
    )
    print(f'median: {statistics.median(lags):g} frames; delay: {recognizer.delay} frames')
    print(f'not found at all: {len(changes) - len(lags)}')


if __name__ == '__main__':
    main()
