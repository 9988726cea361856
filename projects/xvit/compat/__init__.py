"""Repairs without which MMAction2 does not import, load, test or resume.

Written against mmaction2 1.2.0, mmengine 0.10.7 and torch 2.11. Each repair does nothing
where a release has mended its defect. Nothing else changes on importing ``projects.xvit``;
:mod:`projects.xvit.engine` has what runs ask for.
"""

from . import checkpoints, imports


def apply() -> None:
    """Make every repair; calling it again changes nothing."""
    imports.require_mmcv()
    imports.supply_missing_drn()
    imports.silence_repeated_warning()
    checkpoints.allow_mmengine_classes()
