"""The window that slides over a video, and the mp4 with the classes drawn on it."""

import cv2
import numpy as np
import pytest

from projects.xvit.predict import live
from projects.xvit.predict.scores import Prediction
from projects.xvit.streaming.sources import VideoFile

STEPS = [dict(type='SampleFrames', clip_len=2, frame_interval=3)]  # A window of 6 frames.


class Watcher:
    """Says the first and the last value of the window, which are numbers of frames."""

    steps = STEPS

    def __call__(self, frames, fps):
        assert fps == 16 and frames.dtype == np.uint8
        assert (frames[..., 0] == 7).all() and (
            frames[..., 2] == frames[:, :1, :1, 2]
        ).all()
        ends = frames[[0, -1], 0, 0, 2]
        return Prediction(tuple(map(str, range(256))), np.bincount(ends, minlength=256) / 2)


class Frames:
    """A source of as many RGB frames, which show their number in blue and 7 in red."""

    fps = 16
    problems, dropped = (), 0

    def __init__(self, count):
        self.frames = [np.full((4, 6, 3), (7, 0, i), np.uint8) for i in range(count)]

    def chunks(self, size):
        assert size == 1
        for number, frame in enumerate(self.frames):
            yield [(number, number / 16, frame)]

    def stop(self):
        pass


def windows(count, every):
    found = []
    for number, ((_, _, frame), prediction, new) in enumerate(
        live.sliding(Watcher(), Frames(count), every, 6)
    ):
        assert frame[0, 0, 2] == number
        ends = (
            {int(name) for name, score in prediction.top(2) if score} if prediction else {}
        )
        found.append((ends, new))
    return found


@pytest.mark.parametrize(('count', 'every'), [(6, 8), (20, 4), (13, 1)])
def test_predictions_are_of_the_last_frames(count, every):
    newest, expected = {}, []
    for last in range(count):
        new = last >= 5 and (last - 5) % every == 0
        newest = {last - 5, last} if new else newest
        expected.append((newest, new))
    assert windows(count, every) == expected


def test_a_source_shorter_than_the_window_has_one_prediction():
    assert windows(3, 1) == [({}, False), ({}, False), ({0, 2}, True)]
    assert windows(0, 1) == []


def test_the_annotated_video_has_every_frame(tmp_path, monkeypatch):
    source = Frames(20)
    source.frames = [cv2.resize(frame, (64, 48)) for frame in source.frames]
    monkeypatch.setattr(live, 'open_source', lambda name: source)
    out = tmp_path / 'new/out.mp4'
    found = list(live.annotate(Watcher(), 'x', every=4, topk=2, out_video=out))
    assert [time for time, _ in found] == [n / 16 for n in (5, 9, 13, 17)]
    assert found[1][1] == [('4', 0.5), ('9', 0.5)]
    assert [path.name for path in out.parent.iterdir()] == ['out.mp4']
    written = VideoFile(out)
    frames = [frame for ((_, _, frame),) in written.chunks(1)]
    assert len(frames) == 20 and written.fps == 16
    assert frames[2].max() < 100 < frames[10].max()  # White text from the sixth frame on.


def test_a_failed_run_leaves_the_old_video_and_an_interrupted_one_is_written(
    tmp_path, monkeypatch
):
    out = tmp_path / 'out.mp4'
    out.write_text('old')

    def ends_with(error):
        def frames():
            yield from [np.zeros((48, 64, 3), np.uint8)] * 9
            raise error

        source = Frames(0)
        source.frames = frames()
        monkeypatch.setattr(live, 'open_source', lambda name: source)
        with pytest.raises(type(error)):
            list(live.annotate(watcher, 'x', out_video=out))

    def watcher(frames, fps):
        return Prediction(('a',), np.ones(1))

    watcher.steps = STEPS
    ends_with(OSError('the disk'))
    assert out.read_text() == 'old' and list(tmp_path.iterdir()) == [out]
    ends_with(KeyboardInterrupt())
    assert cv2.VideoCapture(str(out)).get(cv2.CAP_PROP_FRAME_COUNT) == 8


def test_a_source_that_does_not_open_or_has_no_frame_is_named(tmp_path, monkeypatch):
    (tmp_path / 'empty.mp4').touch()
    for name, message in (
        ('no.mp4', 'no.mp4 is neither a video file'),
        ('97', 'camera 97 cannot be opened'),
        (str(tmp_path / 'empty.mp4'), 'empty.mp4 cannot be opened as a video'),
    ):
        with pytest.raises(ValueError, match=message):
            list(live.annotate(Watcher(), name))
    monkeypatch.setattr(live, 'open_source', lambda name: Frames(0))
    with pytest.raises(ValueError, match='x has no frame that can be read'):
        list(live.annotate(Watcher(), 'x'))
