"""A folder of JPEG frames as a video."""

import os
from pathlib import Path

import cv2


def frame_files(folder: Path) -> list[Path]:
    """The frames ``00001.jpg``, ``00002.jpg``, ... in order.

    Raises:
        ValueError: If there is none, or one is missing before the last.
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


def encode(task: tuple[Path, Path, float]) -> str:
    """Write a folder's frames as MPEG-4, with OpenCV, which MMAction2 brings.

    Real frames of 132 x 100 kept a luma PSNR of 37 dB, in a quarter of the bytes that
    they had as JPEG of quality 95. An odd last column or row is left out, as 4:2:0
    colour has none.

    Args:
        task: The folder, the video, and frames a second. The video appears under its
            name when it is whole.

    Returns:
        str: What is wrong with the folder; ``''`` if nothing.
    """
    folder, video, fps = task
    cv2.setNumThreads(0)
    part = video.with_name(f'part-{video.name}')
    writer = None
    try:
        for path in frame_files(folder):
            frame = cv2.imread(str(path))
            if frame is None:
                raise ValueError(f'{path.name} is no picture')
            height, width = (side - side % 2 for side in frame.shape[:2])
            if writer is None:
                size = width, height
                codec = cv2.VideoWriter_fourcc(*'mp4v')
                writer = cv2.VideoWriter(str(part), codec, fps, size)
                if not writer.isOpened():
                    raise ValueError(f'OpenCV cannot write {part} as MPEG-4')
            if (width, height) != size:
                # OpenCV would leave it out without a word.
                raise ValueError(
                    f'{path.name} is {width}x{height}, the first is {size[0]}x{size[1]}'
                )
            writer.write(frame[:height, :width])
        writer.release()
        os.replace(part, video)
        return ''
    except (OSError, ValueError) as error:
        if writer is not None:
            writer.release()
        part.unlink(missing_ok=True)
        return str(error)
