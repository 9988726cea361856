"""MMEngine's checkpoint hook, but a run always has a whole checkpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook
from mmengine.runner import find_latest_checkpoint

from ...files import LEFTOVER


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """``CheckpointHook`` that removes an old checkpoint only when the new one is whole.

    MMEngine's hook removes the old ones first. Checkpoints, and ``last_checkpoint`` with
    the name of the newest, are written by :func:`~projects.xvit.files.replacing`. So from
    the first checkpoint on, ``last_checkpoint`` always names a whole one, and ``--resume``
    goes on from it.

    Args:
        *args, **kwargs: See MMEngine's ``CheckpointHook``. With ``max_keep_ckpts=N`` the
            disk holds N + 1 checkpoints for a moment.

    Raises:
        OSError: If a checkpoint cannot be written, as on a full disk. It names the file
            and the last whole checkpoint, which is kept.
    """

    _meta: dict = {}

    def before_train(self, runner) -> None:
        """Also remove the unfinished files of a killed run."""
        super().before_train(runner)
        if is_main_process() and isinstance(self.file_backend, LocalBackend):
            for path in Path(self.out_dir).glob('*.tmp'):
                if LEFTOVER.fullmatch(path.name):
                    path.unlink()

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Store the epoch and the iteration of a checkpoint.

        ``FlexibleRunner`` counts one too many when a checkpoint is saved again after
        validation. A resumed run would then skip an epoch.
        """
        checkpoint['meta'].update(self._meta)

    def _save_checkpoint_with_step(self, runner, step, meta) -> None:
        if self.by_epoch:
            self._meta = dict(epoch=step, iter=runner.iter)
        else:
            self._meta = dict(epoch=runner.epoch, iter=step)
        with self._old_ones_kept(runner):
            super()._save_checkpoint_with_step(runner, step, meta)
        self._meta = {}

    def _save_best_checkpoint(self, runner, metrics) -> None:
        with self._old_ones_kept(runner):
            super()._save_best_checkpoint(runner, metrics)

    @contextmanager
    def _old_ones_kept(self, runner) -> Iterator[None]:
        """Delay removals until the new checkpoint is whole."""
        backend = self.file_backend
        if isinstance(backend, _RemoveLater):  # Nested: the last one saves the best.
            yield
            return
        self.file_backend = later = _RemoveLater(backend)
        try:
            yield
        except OSError as error:
            last = find_latest_checkpoint(runner.work_dir)
            raise OSError(
                error.errno,
                f'a checkpoint could not be saved in {self.out_dir}: {error.strerror}. '
                f'The last whole checkpoint is {last}. Make room, for example by '
                'default_hooks.checkpoint.max_keep_ckpts, and go on with --resume',
                error.filename,
            ) from error
        finally:
            self.file_backend = backend
        later.remove_now()


class _RemoveLater:
    """A file backend that delays removals until ``remove_now``."""

    def __init__(self, backend) -> None:
        self._backend = backend
        self._waiting = []

    def __getattr__(self, name: str):
        return getattr(self._backend, name)

    def remove(self, path: str) -> None:
        self._waiting.append((self._backend.remove, path))

    def rmtree(self, path: str) -> None:
        self._waiting.append((self._backend.rmtree, path))

    def remove_now(self) -> None:
        for remove, path in self._waiting:
            remove(path)
