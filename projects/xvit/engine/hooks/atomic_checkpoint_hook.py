"""mmengine's checkpoint hook, which never leaves a run without a whole checkpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook
from mmengine.runner import find_latest_checkpoint

from ..atomic_files import LEFTOVER


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """``CheckpointHook`` that removes a checkpoint only after its successor is whole.

    A checkpoint itself, and ``last_checkpoint`` that names the newest, are written by
    :func:`~projects.xvit.engine.replacing`. So at every moment ``last_checkpoint`` names a
    whole checkpoint, once the first one is saved, and ``--resume`` goes on from it.
    mmengine's hook first removes what ``max_keep_ckpts`` or a new best score makes old.

    Args:
        *args, **kwargs: See mmengine's ``CheckpointHook``. With ``max_keep_ckpts=N`` the
            disk holds N + 1 checkpoints for a moment.

    Raises:
        OSError: If a checkpoint cannot be written, as on a full disk. It names the file
            and the last whole checkpoint, which is kept.
    """

    _meta: dict = {}

    def before_train(self, runner) -> None:
        """Also remove what a killed run was about to write."""
        super().before_train(runner)
        if is_main_process() and isinstance(self.file_backend, LocalBackend):
            for path in Path(self.out_dir).glob('*.tmp'):
                if LEFTOVER.fullmatch(path.name):
                    path.unlink()

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep the epoch and iteration that a checkpoint is of.

        ``FlexibleRunner`` counts them anew, and one too many where a checkpoint is saved
        once more after its validation: a resumed run would skip an epoch.
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
        """Removals wait until what is saved in the context is whole."""
        backend = self.file_backend
        if isinstance(backend, _RemoveLater):  # The best one's context has the last one's.
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
    """A file backend that does everything at once but remove."""

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
