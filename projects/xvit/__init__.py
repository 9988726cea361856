"""X-ViT, LAPS and TPS for MMAction2: importing this registers them.

It also makes the repairs of :mod:`projects.xvit.compat`, and changes nothing else. Hooks,
and what they need of MMEngine, come by importing :mod:`projects.xvit.engine`.
"""

from . import compat

compat.apply()

from . import datasets, evaluation, models  # noqa: E402
from .predict import VideoRecognizer  # noqa: E402
from .version import __version__  # noqa: E402

__all__ = ['VideoRecognizer', '__version__', 'compat', 'datasets', 'evaluation', 'models']
