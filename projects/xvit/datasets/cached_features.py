"""Features of clips from a cache, in place of the clips."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from mmaction.datasets.transforms import PackActionInputs
from mmaction.registry import DATASETS
from torch import Tensor
from torch.utils.data import Dataset

from ..checks import check_positive
from .checked_video_dataset import with_decoder
from .decoders import choose_decoder


@DATASETS.register_module()
class CachedFeatures(Dataset):
    """A data set of videos whose items are the features of its clips.

    :class:`FeatureCacheHook` computes the features of each clip once, with the model's
    frozen backbone, and writes them to ``folder``. An item is what ``PackActionInputs``
    gives, with ``inputs`` ``(views, T, C)``. A ``FrozenBackbone`` passes them to the head.

    The views of a video are those of the data set's pipeline, such as three crops. In
    training, an item is one of them, drawn each time.

    Args:
        dataset (dict): Config of the data set, a ``VideoDataset``.
        folder (str): Where features are kept. Each host, checkpoint, pipeline and folder of
            videos has its own folder in it, so that several data sets and heads can share
            it.
        draws (int): How often the pipeline is run on each video. More than once is useful
            if it draws augmentations. The draws are further views.

    Raises:
        ValueError: If two items have the same video, or ``draws`` is below 1.
    """

    def __init__(
        self, dataset: dict, folder: str = 'work_dirs/features', draws: int = 1
    ) -> None:
        check_positive('draws', draws)
        self.dataset = DATASETS.build(dataset)
        self.dataset.full_init()
        self.pipeline = named_pipeline(dataset)
        self.root = folder
        self.draws = draws
        self.folder: Path | None = None  # The hook sets it: it depends on the host.
        self.pack = PackActionInputs()
        self.names = [self._name(i) for i in range(len(self.dataset))]
        for name, count in Counter(self.names).most_common(1):
            if count > 1:
                raise ValueError(
                    f'CachedFeatures keeps one file for each video, but {name!r} is listed '
                    f'{count} times in {self.dataset.ann_file}'
                )

    def _name(self, i: int) -> str:
        """The path of a video below the data set's folder, without its suffix."""
        path = self.dataset.get_data_info(i)['filename']
        below = os.path.relpath(path, self.dataset.data_prefix['video'] or '.')
        return os.path.splitext(below)[0].replace(os.pardir + os.sep, '__/')

    def full_init(self) -> None:
        """Do nothing: MMEngine's wrappers call it."""

    def get_cat_ids(self, i: int) -> list[int]:
        """The class numbers of item i, as MMEngine's ``ClassBalancedDataset`` asks."""
        return self.dataset.get_cat_ids(i)

    @property
    def source(self) -> str:
        """Where the videos are: the same names elsewhere are other videos."""
        shards = getattr(self.dataset, 'shards', None)
        return (
            shards['folder']
            if shards
            else os.path.abspath(self.dataset.data_prefix['video'])
        )

    @property
    def metainfo(self) -> dict:
        return self.dataset.metainfo

    def __len__(self) -> int:
        return len(self.names)

    def path(self, i: int) -> Path:
        """The file with the features of item i.

        Raises:
            RuntimeError: If no hook has set the folder.
        """
        if self.folder is None:
            raise RuntimeError(
                'CachedFeatures has no features yet: the config needs '
                "custom_hooks=[dict(type='FeatureCacheHook')]"
            )
        return self.folder / f'{self.names[i]}.npy'

    def clips(self, i: int) -> Tensor:
        """The clips ``(views, 3, T, H, W)`` of item i, once.

        Raises:
            RuntimeError: If the video cannot be read.
        """
        data = self.dataset.prepare_data(i)
        if data is None:
            name = self.dataset.get_data_info(i)['filename']
            raise RuntimeError(
                f'{name} cannot be read: a cache needs every video. '
                'tools/data/check_videos.py writes a list without bad ones'
            )
        return data['inputs']

    def __getitem__(self, i: int) -> dict:
        views = np.load(self.path(i))
        if not self.dataset.test_mode:
            view = torch.randint(len(views), ()).item()
            views = views[view : view + 1]
        label = self.dataset.get_data_info(i)['label']
        return self.pack(dict(imgs=views, label=label))


def named_pipeline(dataset: dict) -> list[dict]:
    """The steps of a data set's config, with the decoder that it uses here."""
    steps, decoder = dataset['pipeline'], dataset.get('decoder')
    return with_decoder(steps, choose_decoder(decoder)) if decoder else steps
