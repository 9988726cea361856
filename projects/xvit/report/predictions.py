"""What a checkpoint says about each video of a config's test set."""

import copy
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mmengine
import numpy as np
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.runner import Runner

from ..checkpoints.read import read_checkpoint
from ..checkpoints.verify import verify
from ..predict.scores import class_names


@dataclass(frozen=True)
class Predictions:
    """The results of one test pass over ``n`` videos and ``C`` classes.

    Args:
        paths (list[str]): ``n`` video files, or folders of frames.
        classes (list[str]): ``C`` names.
        scores (np.ndarray): ``(n, C)`` probabilities. With one label per video each row
            sums to 1; with several, each class has its own probability.
        labels (np.ndarray): ``(n,)`` class numbers, or ``(n, C)`` bool if a video may have
            several labels.
        metrics (dict): What the config's own evaluator computed.
        dataset (BaseDataset): The test set. Item ``i`` is what the pipeline makes of video
            ``i``.
    """

    paths: list[str]
    classes: list[str]
    scores: np.ndarray
    labels: np.ndarray
    metrics: dict
    dataset: BaseDataset

    @property
    def several_labels(self) -> bool:
        """Whether a video may have several labels, or none."""
        return self.labels.ndim == 2


def predict(
    cfg: Config, checkpoint: Path, classes: Sequence[str] | None = None
) -> Predictions:
    """Test a checkpoint with MMEngine's Runner and keep every video's scores.

    The test pipeline, data set, batch size and evaluator are the config's. The order is the
    data set's. One process tests, on the GPU if there is one. The run's log is discarded.

    Args:
        cfg (Config): A recognizer's config with a test set.
        checkpoint (Path): A ``.pth`` or ``.safetensors`` file.
        classes (Sequence[str], optional): Names of the classes. By default they are those
            of the test set's metainfo or of the checkpoint, or else numbers.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If the config is of another task or has no test set, the checkpoint does
            not fit it, a video cannot be read or has no valid label, or the number of names
            is not the number of classes.
    """
    check_task(cfg)
    fit = verify(cfg, checkpoint, allow_resize=True)
    if fit.problems:
        raise ValueError(f'{checkpoint} does not fit the config: {"; ".join(fit.problems)}')
    num_classes = cfg.model.cls_head.num_classes
    # The Runner writes the config and its log to the work folder. They must not replace
    # those of a training there.
    with tempfile.TemporaryDirectory() as folder:
        dump = os.path.join(folder, 'results.pkl')
        runner = build_runner(cfg, checkpoint, folder, dump)
        dataset = runner.test_dataloader.dataset
        # The test may take hours: what can be checked is checked before.
        names = class_names(
            classes or dataset.metainfo.get('classes'),
            read_checkpoint(checkpoint).get('meta'),
            {'class': num_classes},
        )
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        labels = np.stack([np.atleast_1d(info.get('label', -1)) for info in infos])
        labels = check_labels(labels, num_classes)
        with unreadable_videos():
            first_view(dataset, 0)
            metrics = runner.test()
        results = mmengine.load(dump)
    scores = np.stack([np.asarray(result['pred_score'].float()) for result in results])
    return Predictions(
        paths=[str(info.get('filename') or info.get('frame_dir')) for info in infos],
        classes=names,
        scores=probabilities(scores, labels.ndim == 2),
        labels=labels,
        metrics=metrics,
        dataset=dataset,
    )


def first_view(dataset: BaseDataset, index: int) -> np.ndarray:
    """The frames of a test video's first view, ``(T, H, W, 3)`` uint8.

    With ``input_format='NCHW'``, they are the frames of all views.

    Raises:
        ValueError: If the pipeline does not give RGB frames.
    """
    inputs = dataset[index]['inputs']
    shape = tuple(getattr(inputs, 'shape', ()))
    if len(shape) == 5 and shape[1] == 3:  # NCTHW
        inputs = inputs[0].permute(1, 2, 3, 0)
    elif len(shape) == 4 and shape[1] == 3:  # NCHW
        inputs = inputs.permute(0, 2, 3, 1)
    else:
        raise ValueError(
            "the test pipeline must give RGB frames, in input_format 'NCTHW' or 'NCHW'; "
            f'got the shape {shape}'
        )
    return inputs.clamp(0, 255).byte().numpy()


def check_task(cfg: Config) -> None:
    """Raise ``ValueError`` unless the config tests a recognizer with one task."""
    for name in ('model', 'test_dataloader', 'test_evaluator'):
        if not cfg.get(name):
            raise ValueError(f'the config must have a {name}: it has no test set to report')
    head = cfg.model.get('cls_head') or {}
    if 'num_classes' not in head:
        raise ValueError(
            'the config must be of a recognizer, whose model has a cls_head with '
            f'num_classes; got model type {cfg.model.get("type")!r}'
        )
    if not isinstance(head.num_classes, int):
        raise ValueError(
            'the model must have one classification task, got the tasks '
            f'{", ".join(head.num_classes)}'
        )


def build_runner(cfg: Config, checkpoint: Path, work_dir: str, dump: str) -> Runner:
    """A Runner that tests in the data set's order, and dumps all results to a file."""
    cfg = copy.deepcopy(cfg)
    cfg.work_dir, cfg.load_from = work_dir, str(checkpoint)
    cfg.resume, cfg.launcher = False, 'none'
    # Result i must be that of video i, and none may be missing.
    cfg.test_dataloader.sampler = dict(type='DefaultSampler', shuffle=False)
    cfg.test_dataloader.drop_last = False
    evaluators = cfg.test_evaluator
    if not isinstance(evaluators, (list, tuple)):
        evaluators = [evaluators]
    cfg.test_evaluator = [*evaluators, dict(type='DumpResults', out_file_path=dump)]
    return Runner.from_cfg(cfg)


@contextmanager
def unreadable_videos() -> Iterator[None]:
    """Turn ``CheckedVideoDataset``'s error into a ``ValueError`` of one sentence.

    That of a data worker has the whole traceback as its text.
    """
    try:
        yield
    except RuntimeError as error:
        reason = re.search(r'^(?:RuntimeError: )?(.+: cannot read .+)', str(error), re.M)
        if reason is None:
            raise
        raise ValueError(reason[1]) from error


def check_labels(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Class numbers ``(n,)``, or ``(n, num_classes)`` bool for several labels per video.

    Args:
        labels (np.ndarray): ``(n, 1)`` class numbers, or ``(n, num_classes)`` of 0 and 1.

    Raises:
        ValueError: If a label is no class of the model.
    """
    if labels.shape[1] == 1:
        bad = labels[(labels < 0) | (labels >= num_classes)]
        if bad.size:
            raise ValueError(
                f'each label of the test set must be from 0 to {num_classes - 1}, as the '
                f'model has {num_classes} classes; got {bad[0]}'
            )
        return labels[:, 0].astype(int)
    if labels.shape[1] != num_classes:
        raise ValueError(
            f'the test set must have {num_classes} classes, as the model, '
            f'got labels of {labels.shape[1]}'
        )
    return labels > 0.5


def probabilities(scores: np.ndarray, several_labels: bool) -> np.ndarray:
    """Scores ``(n, C)`` as probabilities, by softmax or sigmoid if they are not yet.

    A head with ``average_clips='score'`` gives scores before the softmax.

    Raises:
        ValueError: If a score is NaN or infinite.
    """
    if not np.isfinite(scores).all():
        raise ValueError('the model must give finite scores, got NaN or infinity')
    scores = scores.astype(float)
    in_range = scores.min() >= 0 and scores.max() <= 1
    if several_labels:
        return scores if in_range else 1 / (1 + np.exp(-scores))
    if in_range and np.allclose(scores.sum(axis=1), 1, atol=1e-2):
        return scores
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
