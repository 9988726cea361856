"""A folder of JPEG frames as a video."""

import tempfile
from pathlib import Path

import cv2

from projects.xvit.files import replacing


def frame_files(folder: Path) -> list[Path]:
    """The frames ``00001.jpg``, ``00002.jpg``, ... in order.

    Raises:
        ValueError: If there are no frames, or one before the last is missing.
    """
    numbers = sorted(
        int(path.stem) for path in folder.glob('*.jpg') if path.stem.isdecimal()
    )
    if not numbers:
        raise ValueError('has no frames')
    gaps = [n for n, number in enumerate(numbers, start=1) if n != number]
    if gaps:
        raise ValueError(f'has no frame {gaps[0]:05d}.jpg')
    return [folder / f'{number:05d}.jpg' for number in numbers]


def encode(task: tuple[Path, Path, float]) -> None:
    """Write a folder's frames as an MPEG-4 video, with OpenCV, which MMAction2 requires.

    Real frames of 132 x 100 kept a luma PSNR of 37 dB, in a quarter of the bytes of JPEG
    at quality 95. An odd last column or row is left out, since 4:2:0 colour cannot have it.

    Args:
        task: The folder, the video, and frames a second. The video is written whole.

    Raises:
        ValueError: If a frame is missing, unreadable, or of another size than the first.
        OSError: If the video cannot be written.
    """
    folder, video, fps = task
    cv2.setNumThreads(0)
    paths = frame_files(folder)
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch) / video.name
        writer = None
        for path in paths:
            frame = cv2.imread(str(path))
            if frame is None:
                raise ValueError(f'{path.name} is not a picture')
            height, width = (side - side % 2 for side in frame.shape[:2])
            if writer is None:
                size = width, height
                codec = cv2.VideoWriter_fourcc(*'mp4v')
                writer = cv2.VideoWriter(str(part), codec, fps, size)
                if not writer.isOpened():
                    raise OSError(f'OpenCV cannot write {part} as MPEG-4')
            if (width, height) != size:
                # OpenCV would leave this frame out in silence.
                raise ValueError(
                    f'{path.name} is {width}x{height}, the first is {size[0]}x{size[1]}'
                )
            writer.write(frame[:height, :width])
        writer.release()
        if int(cv2.VideoCapture(str(part)).get(cv2.CAP_PROP_FRAME_COUNT)) != len(paths):
            raise OSError(
                f'OpenCV did not write all frames to {scratch}: is the disk full?'
            )
        with replacing(video) as file:
            file.write(part.read_bytes())
