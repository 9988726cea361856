"""Frames of files and of live sources: which come, which are dropped, what is said."""

import threading
import time

import cv2
import numpy as np
import pytest

from projects.xvit.streaming.sources import LiveSource, VideoFile, open_source


def write_video(path, count, size=(48, 32)):
    """The first frames are uniform, frame i has the grey 10 i."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 16, size)
    for i in range(count):
        writer.write(np.full((*size[::-1], 3), 10 * i % 250, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(('size', 'lengths'), [(8, [8, 8, 3]), (19, [19]), (40, [19])])
def test_a_file_gives_every_frame_once(tmp_path, size, lengths):
    source = VideoFile(write_video(tmp_path / 'a.mp4', 19))
    chunks = list(source.chunks(size))
    assert [len(chunk) for chunk in chunks] == lengths
    frames = [frame for chunk in chunks for frame in chunk]
    assert [number for number, *_ in frames] == list(range(19))
    assert [time for _, time, _ in frames] == pytest.approx([i / 16 for i in range(19)])
    for number, _, picture in frames:
        assert abs(picture.mean() - 10 * number) < 4
    assert source.problems == [] and source.dropped == 0 and source.fps == 16


def test_every_nth_frame_of_a_file(tmp_path):
    source = VideoFile(write_video(tmp_path / 'a.mp4', 10), every=4)
    ((*frames,),) = source.chunks(8)
    assert [number for number, *_ in frames] == [0, 4, 8]
    assert [time for _, time, _ in frames] == [0, 0.25, 0.5]
    assert source.fps == 4


def test_colours_are_rgb(tmp_path):
    writer = cv2.VideoWriter(
        str(tmp_path / 'a.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 16, (32, 32)
    )
    writer.write(np.full((32, 32, 3), (0, 0, 250), np.uint8))  # Red, in OpenCV's order.
    writer.release()
    ((frame,),) = VideoFile(tmp_path / 'a.mp4').chunks(1)
    assert frame[2][16, 16, 0] > 200 and frame[2][16, 16, 2] < 50


def test_a_damaged_file_is_reported(tmp_path):
    content = write_video(tmp_path / 'a.mp4', 60, (320, 240)).read_bytes()
    at = content.index(b'mdat') + 4
    (tmp_path / 'bad.mp4').write_bytes(content[:at] + bytes(len(content) - at))
    try:
        source = VideoFile(tmp_path / 'bad.mp4')
    except ValueError as error:
        assert 'bad.mp4 cannot be opened as a video' in str(error)
        return
    frames = sum(map(len, source.chunks(8)))
    assert frames < 60 and f'only {frames} could be read' in source.problems[0]


@pytest.mark.parametrize('name', ['nowhere.mp4', '-1'])
def test_unknown_sources_are_named(name):
    with pytest.raises(ValueError, match=f'{name} is neither a video file'):
        open_source(name)


def test_a_file_that_is_no_video_is_named(tmp_path):
    (tmp_path / 'a.mp4').write_text('text')
    with pytest.raises(ValueError, match='cannot be opened as a video'):
        open_source(str(tmp_path / 'a.mp4'))


class Camera:
    """A capture that gives grey frames, and ends with its connection.

    Args:
        levels (list[int]): A frame's grey.
        opens (bool): Whether it can be opened.
        gate (threading.Event): Frames come once this is set.
    """

    def __init__(self, levels, opens=True, gate=None):
        self.levels, self.opens, self.gate = iter(levels), opens, gate
        self.released = False

    def isOpened(self):
        return self.opens

    def get(self, prop):
        return 20.0

    def read(self):
        if self.gate:
            self.gate.wait(timeout=10)
        level = next(self.levels, None)
        if level is None:
            return False, None
        return True, np.full((4, 6, 3), level, np.uint8)

    def release(self):
        self.released = True


def connections(*cameras):
    """What opens one after another."""
    cameras = iter(cameras)
    return lambda: next(cameras)


def test_a_lost_connection_is_opened_again():
    closed = Camera([], opens=False)
    source = LiveSource(
        connections(Camera([1, 2]), closed, Camera([3, 4]), closed, closed),
        retries=2,
        retry_seconds=0.01,
    )
    frames = [frame for chunk in source.chunks(3) for frame in chunk]
    assert [picture[0, 0, 0] for *_, picture in frames] == [1, 2, 3, 4]
    assert [number for number, *_ in frames] == [0, 1, 2, 3]
    times = [time for _, time, _ in frames]
    assert times == sorted(times) and times[0] == 0 and source.fps == 20
    again, lost = source.problems
    assert 'connection lost after 2 frames, opened again' in again and '(try 2)' in again
    assert 'connection lost after 4 frames, and not opened again in 2 tries' in lost
    assert closed.released


def test_a_slow_reader_loses_the_oldest_frames_and_hears_of_it():
    source = LiveSource(
        connections(Camera(range(50))), queue_size=8, retries=0, retry_seconds=0
    )
    while not source.ended:  # The camera is faster than the reader.
        time.sleep(0.01)
    chunks = list(source.chunks(5))
    assert [len(chunk) for chunk in chunks] == [5, 3]
    assert [frame[0] for chunk in chunks for frame in chunk] == list(range(42, 50))
    assert source.dropped == 42


def test_stop_ends_a_source_that_waits():
    gate = threading.Event()
    source = LiveSource(connections(Camera([1], gate=gate)))
    threading.Timer(0.2, source.stop).start()
    assert list(source.chunks(4)) == []
    gate.set()


def test_an_error_in_the_thread_is_reported():
    class Broken(Camera):
        def read(self):
            raise RuntimeError('the driver is gone')

    source = LiveSource(connections(Broken([])))
    assert list(source.chunks(4)) == []
    assert 'reading failed after 0 frames' in source.problems[0]
    assert 'the driver is gone' in source.problems[0]


def test_a_camera_that_does_not_open_is_refused():
    with pytest.raises(ValueError, match='cannot be opened'):
        LiveSource(connections(Camera([], opens=False)))
