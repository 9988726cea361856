"""Run a recognizer on a video file, a camera or a stream, frame by frame.

The class is printed whenever it changes::

    python tools/stream.py CONFIG CHECKPOINT video.mp4 --labels classes.txt \\
        --out-video said.mp4 --timeline said.png --json said.json
    python tools/stream.py CONFIG CHECKPOINT 0 --show           # a camera, by its number
    python tools/stream.py CONFIG CHECKPOINT rtsp://HOST/PATH   # an address

All frames of a file are used. A camera or an address is read by a thread. If the model is
slower than the source, the oldest frames that wait are dropped, counted and reported. A
lost connection is opened again. Ctrl-C ends the run, and the results so far are written.

--annotations takes a file that make_motion_dataset.py --untrimmed has written. The video's
segments are those of the path that ends as the source does.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import cv2
from mmaction.apis import init_recognizer

from projects.xvit.checks import find_device
from projects.xvit.predict.scores import class_names
from projects.xvit.streaming import StreamRecognizer
from projects.xvit.streaming.captions import captioned
from projects.xvit.streaming.preprocessing import FramePreprocessor
from projects.xvit.streaming.sources import LiveSource, VideoFile, open_source
from projects.xvit.streaming.timeline import Timeline
from projects.xvit.streaming.watch import watch
from projects.xvit.video_writer import VideoWriter

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('config')
    add('checkpoint')
    add('source', help='a video file, the number of a camera, or an address with "://"')
    add('--labels', type=Path, help='a file with one class name per line')
    add('--out-video', type=Path, metavar='MP4', help='the frames with their classes')
    add('--timeline', type=Path, metavar='PNG', help='a picture of the classes over time')
    add('--json', type=Path, metavar='JSON', help='the classes and scores over time')
    add('--annotations', type=Path, metavar='JSON', help='true segments for --timeline')
    add('--show', action='store_true', help='show the frames in a window; q ends the run')
    add('--window', type=int, help="the head's frames (default: the pipeline's clip_len)")
    add('--every', type=int, help="every n-th frame (default: the pipeline's interval)")
    add('--chunk', type=int, default=8, help='the most frames in a step (default: 8)')
    add('--queue', type=int, default=32, help='frames that may wait (default: 32)')
    add('--retries', type=int, default=5, help='tries to open a lost connection again')
    add('--device', help='default: the GPU, or the CPU without one')
    args = parser.parse_args()
    for name in ('window', 'every', 'chunk', 'queue'):
        if (value := getattr(args, name)) is not None and value < 1:
            parser.error(f'--{name} must be at least 1, got {value}')
    if args.retries < 0:
        parser.error(f'--retries must be at least 0, got {args.retries}')
    for path in (args.config, args.checkpoint, args.labels, args.annotations):
        if path is not None and not Path(path).is_file():
            parser.error(f'{path} does not exist')
    for path in (args.out_video, args.timeline, args.json):
        if path is not None and not path.parent.is_dir():
            parser.error(f'{path.parent} is not a folder')
    args.fail = lambda error: parser.exit(1, f'{parser.prog}: {error}\n')
    return args


def true_segments(path: Path | None, source: str) -> list[dict]:
    """The segments of a video in an annotation file.

    Raises:
        ValueError: If the file does not have exactly one such video.
    """
    if path is None:
        return []
    try:
        videos = json.loads(path.read_text())['videos']
        found = [v['segments'] for name, v in videos.items() if same(source, name)]
    except (json.JSONDecodeError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(
            f'{path} must be JSON with "videos", each with "segments": {error!r}'
        ) from error
    if len(found) != 1:
        raise ValueError(f'{path} has {len(found)} videos that match {source}, not one')
    return found[0]


def same(source: str, name: str) -> bool:
    """Whether a source is the video of this relative path."""
    return f'/{source}'.endswith(f'/{name}')


def run(args: argparse.Namespace) -> Timeline:
    """Watch the source to its end, print and show the classes, and write what is asked for.

    Raises:
        OSError: If a file cannot be written.
        TypeError, ValueError: If the model cannot be streamed, or an input is bad.
    """
    device = find_device(args.device)
    model = init_recognizer(args.config, args.checkpoint, device=device)
    prepare = FramePreprocessor(model.cfg, model.data_preprocessor)
    recognizer = StreamRecognizer(model, args.window or prepare.window_of(model))
    names = class_names(args.labels, {}, {'class': model.cls_head.num_classes})
    truth = true_segments(args.annotations, args.source)
    every = args.every or prepare.frame_interval
    source = open_source(args.source, every, queue_size=args.queue, retries=args.retries)
    timeline = Timeline(args.source, names, recognizer.delay, recognizer.window)
    writer = VideoWriter(args.out_video, source.fps) if args.out_video else None
    start, last = time.monotonic(), None
    with stopping_on_signals(source), closing(writer) if writer else nullcontext():
        try:
            for frame, scores in watch(source.chunks(args.chunk), recognizer, prepare):
                number, seconds, picture = frame
                timeline.add(number, seconds, scores)
                label = scores.argmax()
                if label != last:
                    print(
                        f'{seconds:8.2f} s  {names[label]} {scores[label]:.2f}', flush=True
                    )
                last = label
                if writer or args.show:
                    picture = captioned(picture, [(names[label], scores[label])])
                if writer:
                    writer.write(picture)
                if args.show:
                    cv2.imshow(args.source, picture)
                    if cv2.waitKey(1) == ord('q'):
                        source.stop()
        finally:  # Also after an error, the results so far are written.
            elapsed = time.monotonic() - start
            source.stop()
            timeline.about = dict(
                seconds=round(elapsed, 2),
                frames_per_second=round(len(timeline.times) / elapsed, 2),
                source_frames_per_second=source.fps,
                delay_seconds=round(recognizer.delay / source.fps, 3),
                dropped=source.dropped,
                problems=source.problems,
            )
            report(timeline)
            if args.json:
                timeline.write_json(args.json)
            if args.timeline and timeline.times:
                timeline.write_picture(args.timeline, truth)
    return timeline


@contextmanager
def stopping_on_signals(source: VideoFile | LiveSource) -> Iterator[None]:
    """End the source on Ctrl-C or SIGTERM; a second Ctrl-C ends the program."""

    def stop(*_) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print('stopping; Ctrl-C again to leave at once', file=sys.stderr)
        source.stop()

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def report(timeline: Timeline) -> None:
    about = timeline.about
    print(
        f'{len(timeline.times)} frames in {about["seconds"]} s: '
        f'{about["frames_per_second"]} frames per second '
        f'(the source has {about["source_frames_per_second"]:g})\n'
        f'delay: {timeline.delay} frames ({about["delay_seconds"]} s)\n'
        f'dropped: {about["dropped"]} frames'
    )
    for problem in about['problems']:
        print(problem, file=sys.stderr)


def main() -> None:
    args = parse_args()
    try:
        timeline = run(args)
    except (OSError, TypeError, ValueError) as error:
        args.fail(error)
    if not timeline.times:
        args.fail(f'{args.source} gave no frame')


if __name__ == '__main__':
    main()
