"""Repairs without which MMAction2 does not import, load, test or resume.

Written against mmaction2 1.2.0, mmengine 0.10.7 and torch 2.11. A repair does nothing if
the installed release no longer has the defect. Importing ``projects.xvit`` changes nothing
else upstream. Changes that a config has to ask for are in :mod:`projects.xvit.engine`.
"""

from . import checkpoints, imports, multimodal


def apply() -> None:
    """Make every repair; calling it again changes nothing."""
    imports.require_mmcv()
    imports.supply_missing_drn()
    multimodal.leave_out_multimodal_models()
    imports.silence_repeated_warning()
    checkpoints.allow_mmengine_classes()
