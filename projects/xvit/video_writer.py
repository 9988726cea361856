"""A video file that is whole or not there."""

from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np


class VideoWriter:
    """Writes an MPEG-4 file with OpenCV. It gets its name when :meth:`close` is called.

    The end of a ``with`` block closes it. After an error in the block there is no new file,
    and an earlier one stays as it is.

    Args:
        path (Path): The mp4 file. Its folder is made if need be.
        fps (float): Frames a second.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.fps = path, fps
        self._writer, self._count = None, 0

    def write(self, picture: np.ndarray, name: str = 'a picture') -> None:
        """Add a picture.

        Args:
            picture (np.ndarray): ``(H, W, 3)`` uint8, BGR, with even H and W.
            name (str): What errors call it.

        Raises:
            ValueError: If its size is not the first one's. OpenCV would leave it out.
            OSError: If OpenCV cannot write the file.
        """
        size = picture.shape[1::-1]
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._folder = TemporaryDirectory(prefix='part-', dir=self.path.parent)
            # OpenCV takes the format from the end of the name.
            self._part = Path(self._folder.name, 'video.mp4')
            codec = cv2.VideoWriter_fourcc(*'mp4v')
            self._writer = cv2.VideoWriter(str(self._part), codec, self.fps, size)
            self._size = size
            if not self._writer.isOpened():
                raise OSError(f'OpenCV cannot write {self.path} as MPEG-4')
        if size != self._size:
            new, first = (f'{width}x{height}' for width, height in (size, self._size))
            raise ValueError(f'{name} is {new}, the first is {first}')
        self._writer.write(picture)
        self._count += 1

    def close(self, keep: bool = True) -> None:
        """Finish the file and give it its name, or drop it. No picture, no file.

        Raises:
            OSError: If not all pictures are in the file. OpenCV says nothing of it.
        """
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        with self._folder:
            if not keep:
                return
            written = cv2.VideoCapture(str(self._part)).get(cv2.CAP_PROP_FRAME_COUNT)
            if written != self._count:
                raise OSError(
                    f'OpenCV did not write all frames of {self.path}: is the disk full?'
                )
            self._part.replace(self.path)

    def __enter__(self) -> 'VideoWriter':
        return self

    def __exit__(self, error: type[BaseException] | None, *_) -> None:
        self.close(keep=error is None)
