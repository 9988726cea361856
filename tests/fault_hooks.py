"""Hooks that make a training run die at a certain moment, and one that weighs it.

Configs reach them by ``custom_imports``, with this folder on ``PYTHONPATH``.
"""

import gc
import multiprocessing
import os
import resource
import signal

from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from projects.xvit.engine.hooks import feature_cache_hook


@HOOKS.register_module()
class KillHook(Hook):
    """SIGKILL a process of the run, or a data worker of it, after an iteration.

    Not again in a run that torchrun started anew.
    """

    def __init__(self, iteration: int, rank: int = 0, worker: bool = False) -> None:
        self.iteration = iteration
        self.rank = rank
        self.worker = worker

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        first_start = os.environ.get('TORCHELASTIC_RESTART_COUNT', '0') == '0'
        if runner.iter + 1 == self.iteration and get_rank() == self.rank and first_start:
            victim = (
                multiprocessing.active_children()[0].pid if self.worker else os.getpid()
            )
            os.kill(victim, signal.SIGKILL)


@HOOKS.register_module()
class CutCheckpointHook(Hook):
    """No file grows beyond a size from the saving of an epoch's checkpoint on.

    The write that would pass the size is cut there by the system, and the next one kills
    the process or, as on a full disk, fails.
    """

    def __init__(self, epoch: int, size: int, kills: bool) -> None:
        self.epoch = epoch
        self.size = size
        self.kills = kills

    def before_save_checkpoint(self, runner, checkpoint) -> None:
        if checkpoint['meta']['epoch'] == self.epoch:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if self.kills else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.size))


@HOOKS.register_module()
class MemoryHook(Hook):
    """Write the process's resident memory, in bytes, into a file after every iteration.

    Each epoch starts with a garbage collection. Each checkpoint has the config as text, and
    yapf, which formats it, leaves 2 MiB in reference cycles. Python frees them late, so
    without this the size of the config would decide what is measured.
    """

    def before_train(self, runner) -> None:
        self.file = open(f'{runner.work_dir}/memory', 'w')  # noqa: SIM115

    def before_train_epoch(self, runner) -> None:
        gc.collect()

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        with open('/proc/self/statm') as statm:
            pages = int(statm.read().split()[1])
        print(pages * resource.getpagesize(), file=self.file)

    def after_train(self, runner) -> None:
        self.file.close()


@HOOKS.register_module()
class KillCachingHook(Hook):
    """SIGKILL the process when it is about to write one more file of features."""

    priority = 'VERY_HIGH'

    def __init__(self, files: int) -> None:
        self.files = files

    def before_train(self, runner) -> None:
        write = feature_cache_hook.write_array

        def write_or_die(path, array) -> None:
            if self.files == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.files -= 1
            write(path, array)

        feature_cache_hook.write_array = write_or_die
