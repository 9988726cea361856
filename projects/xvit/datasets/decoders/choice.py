"""Which library decodes videos: one setting, the same in every process of a machine."""

import functools
import importlib.util
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mmengine.logging import print_log

from ...checks import check_choice
from .pyav_reader import PyAVReader
from .torchcodec_reader import TorchCodecReader, load_torchcodec

# The transforms of each. MMAction2's own PyAV ones know no frame rate.
DECODERS = {
    'torchcodec': ('TorchCodecInit', 'TorchCodecDecode'),
    'decord': ('DecordInit', 'DecordDecode'),
    'pyav': ('ExactPyAVInit', 'ExactPyAVDecode'),
}
PACKAGES = {'torchcodec': 'torchcodec', 'decord': 'decord', 'pyav': 'av'}


def check_decoder(name: str) -> None:
    """Check that a decoder can be used.

    Args:
        name (str): A key of ``DECODERS``.

    Raises:
        ValueError: If it is none.
        ImportError: If it cannot be imported. The message says what is missing.
    """
    check_choice('decoder', name, DECODERS)
    if name == 'torchcodec':
        load_torchcodec()
    elif importlib.util.find_spec(PACKAGES[name]) is None:
        raise ImportError(f'{name} is not installed: pip install {PACKAGES[name]}')


@functools.cache
def choose_decoder(name: str) -> str:
    """Return the decoder to use, and log it once for each setting.

    Args:
        name (str): A key of ``DECODERS``, or ``'auto'``: the first of them that can be
            imported. What is installed decides, never a video.

    Raises:
        ValueError: If it is no decoder.
        ImportError: If the decoder, or each of them for ``'auto'``, cannot be imported.
    """
    reasons = []
    for candidate in DECODERS if name == 'auto' else [name]:
        try:
            check_decoder(candidate)
        except ImportError as error:
            reasons.append(str(error))
            continue
        why = f' ({"; ".join(reasons)})' if reasons else ''
        print_log(f'{candidate} {_version(candidate)} decodes videos{why}', 'current')
        return candidate
    raise ImportError(f'decoder={name!r}: {"; ".join(reasons)}')


def open_video(decoder: str, path: str) -> Any:
    """Open a video. The result has ``len()``, ``get_avg_fps()`` and ``get_batch(indices)``.

    Args:
        decoder (str): A key of ``DECODERS``.
        path (str): The file.

    Raises:
        Exception: What the library raises if it is no video.
    """
    if decoder == 'torchcodec':
        return TorchCodecReader(path)
    if decoder == 'pyav':
        return PyAVReader(path)
    import decord

    return decord.VideoReader(path, num_threads=1)


def _version(name: str) -> str:
    try:
        return version(PACKAGES[name])
    except PackageNotFoundError:  # Built from source, as decord is on ARM.
        return 'of unknown version'
