from . import hooks
from .atomic_files import AtomicLocalBackend, replacing

__all__ = ['AtomicLocalBackend', 'hooks', 'replacing']
