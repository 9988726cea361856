"""What ``configs/_base_/runtime.py`` asks for: importing this changes how MMEngine runs.

It registers the hooks under names of their own, and in this process

- MMEngine's local files are whole or not there (:mod:`.atomic_files`);
- downloads load with ``weights_only=True``, and a refused checkpoint says why
  (:mod:`.loading`);
- launchers and FSDP run without a GPU, FSDP resumes, and a data worker that dies is named
  (:mod:`.processes`);
- fused attention is counted, and ``max_testing_views`` takes batches (:mod:`.measuring`).

Written against mmaction2 1.2.0, mmengine 0.10.7 and torch 2.11.
"""

from . import atomic_files, hooks, loading, measuring, processes
from .atomic_files import replacing

atomic_files.write_whole_files()
loading.load_weights_only()
processes.distribute_on_cpu()
processes.resume_sharded_optimizers()
processes.explain_dead_data_workers()
measuring.count_fused_attention()
measuring.take_views_of_batches()

__all__ = ['hooks', 'replacing']
