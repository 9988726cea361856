"""A trained model in three lines of Python."""

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch import Tensor

from ..checkpoints.hub import inferencer_args
from ..checks import check_choice, check_positive, find_device
from ..pipelines import pipeline_steps, step_type
from .model import config_in, load_recognizer, read_config
from .scores import Prediction, class_names, joint, joint_names, probabilities

Video = str | os.PathLike | np.ndarray | Tensor


class VideoRecognizer:
    """Names and scores of the classes of videos::

        recognize = VideoRecognizer('configs/xvit_ssv2.py', 'xvit.pth')
        print(recognize('video.mp4').top(5))

    Several threads may call one object. A video file is decoded in the caller's process,
    which a damaged file can crash: ``tools/predict.py`` decodes in separate processes.

    If a model has several tasks, such as verb and noun, a class is a combination of theirs,
    and its score is the product of the tasks' scores.

    Args:
        config (str | PathLike | Config): A recognizer's config.
        checkpoint (str | PathLike): A ``.pth`` or ``.safetensors`` file of its weights.
        device (str | torch.device, optional): By default the GPU, or the CPU without one.
        labels (str | PathLike | Sequence, optional): The names of the classes, or a file
            with one name per line. For several tasks: the first one's names, then the
            next one's, or a list of files (as ``Path``). By default the names in the
            checkpoint, or else ``class 0``, ``class 1``, ...
        split (str): Which of the config's pipelines prepares the videos. ``'test'`` takes
            all its views; ``'val'``, mostly a single one, takes less time.

    Attributes:
        labels (tuple[str]): The names of the classes, in the order of the scores.
        cfg (Config): The model's config.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If the config is not of a recognizer of videos, the checkpoint is
            broken, would run code or does not fit the config, the names do not fit it, or
            there is no such device.
    """

    def __init__(
        self,
        config: str | os.PathLike | Config,
        checkpoint: str | os.PathLike,
        device: str | torch.device | None = None,
        labels: str | os.PathLike | Sequence | None = None,
        split: str = 'test',
    ) -> None:
        check_choice('split', split, ('test', 'val'))
        device = find_device(device)
        self.cfg = config if isinstance(config, Config) else read_config(config)
        self.steps = pipeline_steps(self.cfg, split)
        self._model, meta = load_recognizer(self.cfg, Path(checkpoint))
        head = self._model.cls_head
        classes = getattr(head, 'tasks', None) or {'class': head.num_classes}
        self.labels = joint_names(class_names(labels, meta, classes), classes)
        self._model.to(device)
        init_default_scope('mmaction')
        self._of_video = Compose(self.steps)
        self._of_frames = Compose(
            [
                dict(type='ArrayDecode') if 'Decode' in step_type(step) else step
                for step in self.steps
                if 'Init' not in step_type(step)
            ]
        )

    @classmethod
    def from_published(cls, path: str | os.PathLike, **kwargs) -> 'VideoRecognizer':
        """A recognizer from what ``tools/publish_model.py`` wrote.

        Args:
            path (str | PathLike): A folder in the layout of the Hugging Face Hub, or a
                published file. A checkpoint of a training will do too. The ``config.py``
                of a folder is run; the config in a file is read without running code.
            **kwargs: ``device``, ``labels`` and ``split``, see the class.

        Raises:
            FileNotFoundError: If the file does not exist, or the folder lacks one.
            ValueError: As the class, or if the file has no config in it.
        """
        path = Path(path)
        if not path.is_dir():
            return cls(config_in(path), path, **kwargs)
        files = inferencer_args(path)
        kwargs = dict(labels=files.get('label_file')) | kwargs
        return cls(files['rec'], files['rec_weights'], **kwargs)

    def __call__(
        self, videos: Video | Sequence[Video], batch_size: int = 1, fps: float | None = None
    ) -> Prediction | list[Prediction]:
        """Predict the class of a video, or of each video in a list.

        Args:
            videos (Video | Sequence[Video]): A path; or frames ``(T, H, W, 3)``, uint8 from
                0 to 255 in RGB order, as an array or a tensor; or a list of these. Frames
                go through the config's pipeline like decoded ones: it samples clips of
                them, resizes and crops.
            batch_size (int): Videos in a forward pass.
            fps (float, optional): Frames per second of frames in memory, for a config that
                samples at a rate (``target_fps``). By default, they have that rate.

        Returns:
            Prediction | list[Prediction]: A list for a list.

        Raises:
            FileNotFoundError: If there is no such file.
            TypeError: If a video is neither a path nor uint8 frames.
            ValueError: If the frames have another shape, or ``batch_size`` is below 1.
        """
        if not isinstance(videos, (list, tuple)):
            return self([videos], fps=fps)[0]
        check_positive('batch_size', batch_size)
        found = []
        for start in range(0, len(videos), batch_size):
            batch = videos[start : start + batch_size]
            found += self.predict([self.prepare(video, fps) for video in batch])
        return found

    def prepare(self, video: Video, fps: float | None = None) -> dict:
        """The pipeline's output for a video, of which :meth:`predict` takes a list."""
        sample = dict(label=-1, start_index=0, modality='RGB')
        if isinstance(video, (str, os.PathLike)):
            if not os.path.isfile(video):
                raise FileNotFoundError(f'{video} does not exist')
            return self._of_video(dict(sample, filename=os.fspath(video)))
        frames = _frames(video)
        return self._of_frames(
            dict(sample, array=frames, total_frames=len(frames), avg_fps=fps)
        )

    @torch.inference_mode()
    def predict(self, samples: list[dict]) -> list[Prediction]:
        """Predict from the outputs of :meth:`prepare`, in one forward pass.

        Samples of different shapes, from a pipeline that does not crop, need one each.
        """
        model, found = self._model, []
        alone = (model.test_cfg or {}).get('max_testing_views')  # A limit for one video.
        for _, same in groupby(enumerate(samples), lambda s: _key(*s, alone)):
            batch = [sample for _, sample in same]
            inputs = model.data_preprocessor(pseudo_collate(batch))['inputs']
            features, options = model.extract_feat(inputs, test_mode=True)
            scores = model.cls_head(features, **options)
            if not isinstance(scores, dict):
                scores = {'class': scores}
            tasks = {
                task: probabilities(
                    views.float().unflatten(0, (len(batch), -1)), model.cls_head
                )
                for task, views in scores.items()
            }
            found += [Prediction(self.labels, row) for row in joint(tasks).cpu().numpy()]
        return found


def _key(index: int, sample: dict, alone: int | None) -> tuple:
    """Equal for neighbours that may share a forward pass."""
    return (index if alone else None, *sample['inputs'].shape)


def _frames(video: np.ndarray | Tensor) -> np.ndarray:
    """Checked ``(T, H, W, 3)`` frames as an array on the CPU."""
    if isinstance(video, Tensor):
        video = video.detach().cpu().numpy()
    if not isinstance(video, np.ndarray) or video.dtype != np.uint8:
        kind = video.dtype if isinstance(video, np.ndarray) else type(video).__name__
        raise TypeError(
            f'a video must be a path, or RGB frames as uint8 from 0 to 255, got {kind}'
        )
    if video.ndim != 4 or video.shape[-1] != 3 or 0 in video.shape:
        raise ValueError(f'frames must have the shape (T, H, W, 3), got {video.shape}')
    return video
