from .inner_frames import InnerFrames

__all__ = ['InnerFrames']
