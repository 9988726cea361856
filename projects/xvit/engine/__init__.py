"""What ``configs/_base_/runtime.py`` asks for: importing this changes how MMEngine runs.

The import registers the hooks, and changes this process as follows:

- MMEngine writes local files whole or not at all (:mod:`.atomic_files`);
- downloads load with ``weights_only=True``, and the error says why a checkpoint was refused
  (:mod:`.loading`);
- launchers and FSDP run without a GPU, FSDP resumes, and a data worker that dies is named
  (:mod:`.processes`);
- fused attention is counted, and ``max_testing_views`` takes batches (:mod:`.measuring`).

Written against mmaction2 1.2.0, mmengine 0.10.7 and torch 2.11.
"""

from . import atomic_files, hooks, loading, measuring, processes

atomic_files.write_whole_files()
loading.load_weights_only()
processes.distribute_on_cpu()
processes.resume_sharded_optimizers()
processes.explain_dead_data_workers()
measuring.count_fused_attention()
measuring.take_views_of_batches()

__all__ = ['hooks']
