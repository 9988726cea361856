"""Folders of JPEG frames, like those of Something-Something V1, become videos."""

import signal
import subprocess
import sys
import time

import cv2
import decord
import numpy as np
import pytest
from mini_downloads import TOOLS
from preparation.frames import encode


def write_frames(folder, count=12, size=(64, 48)):
    """A moving picture, the same in each folder."""
    folder.mkdir(parents=True)
    width, height = size
    cells = np.random.default_rng(0).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    picture = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
    for t in range(count):
        frame = np.roll(picture, 3 * t, axis=1)
        cv2.imwrite(str(folder / f'{t + 1:05d}.jpg'), frame)
    return folder


def luma(frames):
    """Luma of BGR frames."""
    return np.asarray(frames, float) @ [0.114, 0.587, 0.299]


@pytest.mark.parametrize('size', [(64, 48), (65, 49)])
def test_every_frame_is_in_its_place(tmp_path, size, tool):
    """Against the JPEG files. An odd last row and column are left out."""
    frames = write_frames(tmp_path / 'frames/7', size=size)
    folders = tmp_path / 'frames', tmp_path / 'data/videos'
    code, printed = tool('data/frames_to_videos', *folders)
    assert code == 0, printed
    reader = decord.VideoReader(str(tmp_path / 'data/videos/7.mp4'))
    assert reader.get_avg_fps() == 12 and len(reader) == 12
    decoded = luma(reader[:].asnumpy()[..., ::-1])
    originals = luma([cv2.imread(str(path)) for path in sorted(frames.iterdir())])
    assert decoded.shape == (12, 48, 64)
    errors = np.abs(decoded[:, None] - originals[None, :, :48, :64]).mean(axis=(2, 3))
    assert errors.argmin(axis=1).tolist() == list(range(12))
    assert errors.diagonal().max() < 5  # of 255


def spoil_gap(folder):
    (folder / '00004.jpg').unlink()


def spoil_text(folder):
    (folder / '00004.jpg').write_text('not found')


def spoil_size(folder):
    cv2.imwrite(str(folder / '00004.jpg'), np.zeros((48, 80, 3), np.uint8))


def spoil_all(folder):
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (spoil_gap, 'has no frame 00004.jpg'),
        (spoil_text, '00004.jpg is not a picture'),
        (spoil_size, '00004.jpg is 80x48, the first is 64x48'),
        (spoil_all, 'has no frames'),
    ],
)
def test_bad_folders_are_reported_and_the_others_made(tmp_path, spoil, message, tool):
    frames, videos = tmp_path / 'frames', tmp_path / 'videos'
    for name in ('1', '2', '3'):
        write_frames(frames / name, count=6)
    spoil(frames / '2')
    error, _ = tool('data/frames_to_videos', frames, videos)
    assert error.startswith('1 folders made no video')
    assert sorted(path.name for path in videos.iterdir()) == ['1.mp4', '3.mp4']
    assert message in (tmp_path / 'videos_report.csv').read_text().replace('"', '')


def test_a_video_that_lacks_frames_is_not_kept(tmp_path, monkeypatch):
    """OpenCV says nothing when the disk is full."""

    class FullDisk:
        def __init__(self, *arguments):
            self.writer, self.room = VideoWriter(*arguments), 4
            self.isOpened, self.release = self.writer.isOpened, self.writer.release

        def write(self, frame):
            self.room -= 1
            if self.room >= 0:
                self.writer.write(frame)

    VideoWriter = cv2.VideoWriter
    monkeypatch.setattr(cv2, 'VideoWriter', FullDisk)
    folder = write_frames(tmp_path / '1', count=6)
    with pytest.raises(OSError, match='did not write all frames'):
        encode((folder, tmp_path / '1.mp4', 12))
    assert list(tmp_path.iterdir()) == [folder]


def test_a_killed_run_leaves_whole_videos_and_goes_on(tmp_path, tool):
    frames, videos = tmp_path / 'frames', tmp_path / 'videos'
    write_frames(frames / '0', count=60)
    for name in range(1, 40):
        (frames / str(name)).symlink_to(frames / '0')
    command = [sys.executable, str(TOOLS / 'frames_to_videos.py'), str(frames), str(videos)]
    process = subprocess.Popen([*command, '--processes', '1'], stderr=subprocess.DEVNULL)
    while not list(videos.glob('[0-9]*.mp4')):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    made = list(videos.glob('[0-9]*.mp4'))
    assert 0 < len(made) < 40
    for video in made:
        assert len(decord.VideoReader(str(video))) == 60
    before = {video: video.stat().st_mtime_ns for video in made}
    assert tool('data/frames_to_videos', frames, videos)[0] == 0
    assert len(list(videos.glob('*.mp4'))) == 40  # Nothing half-written has this name.
    assert {video: video.stat().st_mtime_ns for video in made} == before


def test_bad_arguments_are_named(tmp_path, tool):
    for arguments, message in (
        (['none', 'videos'], 'none is not a folder'),
        (['', 'videos', '--fps', 0], '--fps must be above 0'),
        (['', 'videos'], 'has no folders'),
    ):
        folders = (tmp_path / name for name in arguments[:2])
        code, printed = tool('data/frames_to_videos', *folders, *arguments[2:])
        assert code == 2 and message in printed
    assert not (tmp_path / 'videos').exists()
