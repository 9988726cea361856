"""Video readers with the interface of ``decord.VideoReader``, and the choice of one.

Nothing here imports torchcodec, PyAV or decord before a reader needs it.
"""

from .choice import DECODERS, check_decoder, choose_decoder, open_video
from .pyav_reader import PyAVReader
from .torchcodec_reader import TorchCodecReader

__all__ = [
    'DECODERS',
    'PyAVReader',
    'TorchCodecReader',
    'check_decoder',
    'choose_decoder',
    'open_video',
]
