"""Read frames with torchcodec."""

import ctypes
import functools
import importlib.util
import io
import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import numpy as np

from .pyav_reader import PyAVReader

# torchcodec's CUDA build is linked to these, also when it decodes on the CPU. The package
# nvidia-npp puts them where the loader does not look. PyTorch loads its own NVIDIA
# libraries in the same way (``_preload_cuda_deps`` in ``torch/__init__.py``).
NPP = ('libnppc.so.*', 'libnppicc.so.*')


@functools.cache
def load_torchcodec() -> ModuleType:
    """Import ``torchcodec.decoders``, with the libraries that its build needs.

    Raises:
        ImportError: If torchcodec is not installed, or does not find FFmpeg, NPP or a
            PyTorch that it fits.
    """
    if importlib.util.find_spec('torchcodec') is None:
        raise ImportError('torchcodec is not installed')
    import torch  # noqa: F401  (its libraries first)

    nvidia = importlib.util.find_spec('nvidia')
    for folder in nvidia.submodule_search_locations if nvidia else ():
        for pattern in NPP:
            for library in sorted(Path(folder).glob(f'*/lib/{pattern}')):
                with suppress(OSError):  # Of another CUDA version, perhaps.
                    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    try:
        import torchcodec.decoders
    except (ImportError, OSError, RuntimeError) as error:
        raise ImportError(
            'torchcodec finds no FFmpeg (versions 4 to 8, with its shared libraries), no '
            f'NPP (pip install nvidia-npp) or another PyTorch: {_reason(error)}'
        ) from error
    return torchcodec.decoders


def _reason(error: Exception) -> str:
    """The first missing library that a long message names, or its first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    missing = [line for line in lines if 'cannot open shared object' in line]
    return (missing or lines or [type(error).__name__])[0]


class TorchCodecReader:
    """A video's frames by number, as ``decord.VideoReader`` counts and rotates them.

    Frames equal decord's bit for bit (``tests/datasets/test_decoders.py``). The mean frame
    rate is the container's, as decord reports it.

    Files such as AVI store no presentation times. If they have B-frames, torchcodec returns
    an earlier frame than the one that is asked for, and no last one. PyAV reads those.

    Args:
        source (str | bytes): A path, or the content of a file.
        num_threads (int): FFmpeg's threads.

    Raises:
        ImportError: See :func:`load_torchcodec`; or PyAV must read the file and is not
            installed.
        RuntimeError: If it is not a video.
    """

    def __init__(self, source: str | bytes, num_threads: int = 1) -> None:
        # Not on the default device: a GPU would decode other values.
        self.video = load_torchcodec().VideoDecoder(
            source, dimension_order='NHWC', num_ffmpeg_threads=num_threads, device='cpu'
        )
        self._right = self
        if not _stores_times(source) and self._starts_late():
            file = io.BytesIO(source) if isinstance(source, bytes) else source
            self._right = PyAVReader(file)

    def _starts_late(self) -> bool:
        """Whether the first frame is shown later than the first packet's time.

        Then the packets' times are those of decoding, by which torchcodec counts frames.
        """
        first = self.video.get_frame_at(0).pts_seconds
        return first != self.video.metadata.begin_stream_seconds_from_content

    def __len__(self) -> int:
        return len(self.video)

    def get_avg_fps(self) -> float:
        """The header's mean rate. For a constant rate, FFmpeg's guess of it is exact."""
        found = self.video.metadata
        base, mean = found.average_fps_from_header, found.average_fps
        if base and math.isclose(base, mean, rel_tol=0.01):
            return float(base)
        if found.num_frames_from_header and found.duration_seconds_from_header:
            return float(found.num_frames_from_header / found.duration_seconds_from_header)
        return float(mean)

    def get_batch(self, indices: Sequence[int]) -> np.ndarray:
        """Return frames ``(len(indices), H, W, 3)``, RGB bytes.

        Raises:
            RuntimeError: If a frame cannot be decoded.
        """
        if self._right is not self:
            return self._right.get_batch(indices)
        return self.video.get_frames_at([int(index) for index in indices]).data.numpy()


def _stores_times(source: str | bytes) -> bool:
    """Whether it is MP4, QuickTime, Matroska or WebM, which store presentation times."""
    if isinstance(source, bytes):
        head = source[:8]
    else:
        with open(source, 'rb') as file:
            head = file.read(8)
    return head[4:] == b'ftyp' or head[:4] == b'\x1aE\xdf\xa3'
