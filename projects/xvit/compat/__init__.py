"""Repairs of upstream defects, each made only where the defect is present.

Written against mmaction2 1.2.0, mmengine 0.10.7 and torch 2.11; a release that mends a
defect makes its repair here do nothing.
"""

from . import checkpoints, imports, measuring, processes


def apply() -> None:
    """Make every repair; calling it again changes nothing."""
    imports.require_mmcv()
    imports.supply_missing_drn()
    imports.silence_repeated_warning()
    checkpoints.allow_mmengine_classes()
    checkpoints.load_weights_only()
    checkpoints.write_whole_files()
    processes.distribute_on_cpu()
    processes.resume_sharded_optimizers()
    processes.explain_dead_data_workers()
    measuring.count_fused_attention()
    measuring.take_views_of_batches()
