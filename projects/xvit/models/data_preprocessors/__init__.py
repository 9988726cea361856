from .probe_preprocessor import ProbePreprocessor

__all__ = ['ProbePreprocessor']
