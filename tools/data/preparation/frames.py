"""A folder of JPEG frames as a video."""

from pathlib import Path

import cv2

from projects.xvit.video_writer import VideoWriter


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
    with VideoWriter(video, fps) as writer:
        for path in frame_files(folder):
            frame = cv2.imread(str(path))
            if frame is None:
                raise ValueError(f'{path.name} is not a picture')
            height, width = (side - side % 2 for side in frame.shape[:2])
            writer.write(frame[:height, :width], path.name)
