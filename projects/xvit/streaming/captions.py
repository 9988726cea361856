"""Pictures with the class below them, as a video file or in a window."""

import os
import secrets
from pathlib import Path

import cv2
import numpy as np

STRIP = 28  # Height of the caption in pixels.
MIN_WIDTH = 260  # Narrower pictures get a margin, so that the caption fits.


def captioned(picture: np.ndarray, name: str, probability: float) -> np.ndarray:
    """The picture, unchanged, above a strip with the class and a bar of its probability.

    Args:
        picture (np.ndarray): ``(H, W, 3)`` uint8, RGB.
        name (str): The class.
        probability (float): From 0 to 1.

    Returns:
        np.ndarray: ``(H', W', 3)`` uint8, BGR, with even H' and W' as videos need.
    """
    height, width = picture.shape[:2]
    wide = max(width, MIN_WIDTH)
    canvas = np.zeros((height + height % 2 + STRIP, wide + wide % 2, 3), np.uint8)
    left = (wide - width) // 2
    canvas[:height, left : left + width] = picture[..., ::-1]
    bar = canvas[-4:, : round(probability * wide)]
    bar[:] = (180, 114, 0)
    text = f'{name} {probability:.2f}'.encode('ascii', 'replace').decode()
    place = (6, canvas.shape[0] - 10)
    cv2.putText(
        canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA
    )
    return canvas


class VideoWriter:
    """Write an mp4 file, which gets its name when :meth:`close` is called.

    Args:
        path (Path): The file.
        fps (float): Frames a second.

    Raises:
        OSError: If OpenCV cannot write it.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.fps = path, fps
        # OpenCV takes the format from the end of the name.
        self.part = path.with_name(f'part-{secrets.token_hex(4)}-{path.stem}.mp4')
        self.writer = None

    def write(self, picture: np.ndarray) -> None:
        """Add a picture ``(H, W, 3)`` uint8, BGR."""
        if self.writer is None:
            code, size = cv2.VideoWriter_fourcc(*'mp4v'), picture.shape[1::-1]
            self.writer = cv2.VideoWriter(str(self.part), code, self.fps, size)
            if not self.writer.isOpened():
                raise OSError(f'OpenCV cannot write {self.part} as MPEG-4')
        self.writer.write(picture)

    def close(self) -> None:
        """Finish the file and give it its name. Without a picture there is no file."""
        if self.writer is not None:
            self.writer.release()
            os.replace(self.part, self.path)
