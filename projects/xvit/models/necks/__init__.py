from .frames_as_volume import FramesAsVolume

__all__ = ['FramesAsVolume']
