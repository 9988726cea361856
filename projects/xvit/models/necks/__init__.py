from .frames_as_volume import FramesAsVolume
from .inner_frames import InnerFrames

__all__ = ['FramesAsVolume', 'InnerFrames']
