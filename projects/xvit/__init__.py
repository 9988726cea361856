"""X-ViT, LAPS and TPS for MMAction2: importing this registers everything."""

from . import compat

compat.apply()

from . import datasets, engine, evaluation, models  # noqa: E402
from .version import __version__  # noqa: E402

__all__ = ['__version__', 'compat', 'datasets', 'engine', 'evaluation', 'models']
