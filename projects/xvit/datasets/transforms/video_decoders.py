"""MMAction2's steps of opening and decoding a video, with other libraries than decord."""

import io

import numpy as np
from mmaction.datasets.transforms import DecordDecode, DecordInit
from mmaction.registry import TRANSFORMS
from mmengine.fileio import get

from ..decoders import PyAVReader, TorchCodecReader


class _ReaderInit(DecordInit):
    """``DecordInit`` with another reader. A local file is opened by its path."""

    def _content(self, filename: str) -> bytes:
        return get(filename, backend_args=dict(backend=self.io_backend, **self.kwargs))


class _ReaderDecode(DecordDecode):
    """``DecordDecode`` for readers that return arrays."""

    def __init__(self) -> None:
        super().__init__(mode='accurate')

    def _decord_load_frames(self, container, frame_inds: np.ndarray) -> list[np.ndarray]:
        return list(container.get_batch(frame_inds))


@TRANSFORMS.register_module()
class TorchCodecInit(_ReaderInit):
    """MMAction2's ``DecordInit`` with torchcodec: the same keys, frames and frame rate.

    Required key is ``filename``; added are ``video_reader``, ``total_frames`` and
    ``avg_fps``.

    Args:
        **kwargs: See MMAction2's ``DecordInit``: ``io_backend`` and its arguments, and
            ``num_threads``.

    Raises:
        ImportError: When called, if torchcodec cannot be imported.
        RuntimeError: When called, if the file is no video.
    """

    def _get_video_reader(self, filename: str) -> TorchCodecReader:
        disk = self.io_backend == 'disk'
        return TorchCodecReader(
            filename if disk else self._content(filename), self.num_threads
        )


@TRANSFORMS.register_module()
class TorchCodecDecode(_ReaderDecode):
    """MMAction2's ``DecordDecode`` after :class:`TorchCodecInit`.

    Required keys are ``video_reader`` and ``frame_inds``; added are ``imgs``,
    ``original_shape`` and ``img_shape``.
    """


@TRANSFORMS.register_module()
class ExactPyAVInit(_ReaderInit):
    """MMAction2's ``DecordInit`` with PyAV: the same keys, frames and frame rate.

    MMAction2's ``PyAVInit`` gives no ``avg_fps``, takes the number of frames from the
    container, which may have none, and ignores rotation.

    Args:
        **kwargs: See MMAction2's ``DecordInit``. ``num_threads`` has no effect.

    Raises:
        ImportError: When called, if PyAV is not installed.
        ValueError: When called, if the file is no video.
    """

    def _get_video_reader(self, filename: str) -> PyAVReader:
        disk = self.io_backend == 'disk'
        return PyAVReader(filename if disk else io.BytesIO(self._content(filename)))


@TRANSFORMS.register_module()
class ExactPyAVDecode(_ReaderDecode):
    """MMAction2's ``DecordDecode`` after :class:`ExactPyAVInit`."""
