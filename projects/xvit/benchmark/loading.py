"""Ways to load the same clips, timed in turn: decoders, reading apart, other files."""

import math
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.config import ConfigDict
from torch.utils.data import Dataset

from ..datasets import CheckedVideoDataset
from ..datasets.decoders import DECODERS, check_decoder, choose_decoder
from ..datasets.shards import Store, open_index
from .compare import Settings
from .timing import CLOCKS, interleave

APART = 'decord, apart'
GPUS_OF_A_MACHINE = 8


def compare_loading(
    data: ConfigDict, settings: Settings, transcoded: str | None = None
) -> dict[str, dict]:
    """Load the same clips, with the same random numbers, in several ways.

    The ways are decord in a separate process (as without ``decoder``), each decoder that
    is installed in the worker itself, the first of them with AutoAugment's warps by OpenCV
    if the pipeline has Pillow's, and all of these on transcoded files. A data set that is
    no :class:`CheckedVideoDataset` is loaded as it is. As in a data worker, OpenCV and
    PyTorch use one thread. ``clock='cpu'`` leaves out the separate process, whose time it
    does not see.

    Args:
        data (ConfigDict): The training data set.
        settings (Settings): Rounds, one clip each, and the clock.
        transcoded (str, optional): The folder that ``tools/data/transcode.py`` wrote. It
            has a list of the name of the data set's. Only videos of that list are loaded.

    Returns:
        dict: For each way ``clips_per_second`` (of a core: clips by their total time),
        ``ratio`` to the first way, ``stages``: mean milliseconds of a clip by transform
        (reading apart has one stage), and ``megabytes``: mean size of a file.

    Raises:
        FileNotFoundError: If the folder has no such list.
    """
    if not issubclass(DATASETS.get(data.type), CheckedVideoDataset):
        datasets = {'as it is': DATASETS.build(data)}
    else:
        datasets = _datasets(data, transcoded, apart=settings.clock == 'wall')
    stages = {name: defaultdict(float) for name in datasets}
    steps = {
        name: _Loader(dataset, stages[name], name.startswith(APART), settings.clock)
        for name, dataset in datasets.items()
    }
    with _one_thread():
        times = interleave(
            steps, settings.rounds, settings.warmup, torch.device('cpu'), settings.clock
        )
    totals = {name: sum(taken) for name, taken in times.items()}
    first = next(iter(totals.values()))
    loaded = settings.rounds + settings.warmup
    return {
        name: {
            'clips_per_second': settings.rounds / total,
            'ratio': first / total,
            'stages': {k: 1000 * v / loaded for k, v in stages[name].items()},
            'megabytes': _megabytes(datasets[name]),
        }
        for name, total in totals.items()
    }


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads[0])
        torch.set_num_threads(threads[1])


def _megabytes(dataset: Dataset) -> float:
    """Mean size of up to 1000 files."""
    files = {dataset.get_data_info(i)['filename'] for i in range(min(len(dataset), 1000))}
    if getattr(dataset, 'shards', None):
        index = open_index(Store(**dataset.shards).folder)
        sizes = [index.find(name).size for name in files]
    else:
        sizes = [os.path.getsize(path) for path in files if os.path.isfile(path)]
    return sum(sizes) / max(len(sizes), 1) / 1e6


def _datasets(
    data: ConfigDict, transcoded: str | None, apart: bool = True
) -> dict[str, Dataset]:
    installed = [name for name in DECODERS if _installed(name)]
    ways = {APART: dict(decoder='decord', read_apart=True)}
    ways |= {name: dict(decoder=name, read_apart=False) for name in installed}
    if not apart or 'decord' not in installed:
        del ways[APART]
    if installed and (pipeline := _opencv_warps(data.pipeline)):
        way = dict(ways[installed[0]], pipeline=pipeline)
        ways[f'{installed[0]}, OpenCV warps'] = way
    if transcoded is None:
        return {name: DATASETS.build({**data, **way}) for name, way in ways.items()}
    folder = Path(transcoded).absolute()
    new_list = folder / Path(data.ann_file).name
    if not new_list.is_file():
        raise FileNotFoundError(f'{new_list} does not exist: transcode.py writes it')
    new = dict(
        ann_file=str(new_list),
        data_root='',
        data_prefix=dict(video=str(folder)),
        shards=None,
    )
    datasets = {name: DATASETS.build({**data, **way}) for name, way in ways.items()}
    ways = {f'{name}, transcoded': way for name, way in ways.items()}
    datasets |= {name: DATASETS.build({**data, **new, **way}) for name, way in ways.items()}
    known = {_stem(video, folder) for video in datasets[next(iter(ways))].load_data_list()}
    for name, dataset in datasets.items():
        root = folder if name in ways else Path(dataset.data_prefix['video'])
        dataset.full_init()
        there = [
            i
            for i, video in enumerate(dataset.load_data_list())
            if _stem(video, root) in known
        ]
        datasets[name] = dataset.get_subset(there)
    return datasets


def _opencv_warps(pipeline: list[dict]) -> list[dict] | None:
    """The pipeline with OpenCV for Pillow in AutoAugment. ``None`` if it has no Pillow."""
    steps = [
        dict(step, backend='cv2')
        if step['type'] == 'ClipAutoAugment' and step.get('policy') == 'v0'
        else step
        for step in pipeline
    ]
    return steps if steps != list(pipeline) else None


def _stem(video: dict, root: Path) -> str:
    return str(Path(video['filename']).relative_to(root).with_suffix(''))


def _installed(decoder: str) -> bool:
    try:
        check_decoder(decoder)
    except ImportError:
        return False
    return True


def way_of(data: ConfigDict, ways: dict[str, dict]) -> str:
    """Return the way that the config's own loader takes.

    Args:
        data (ConfigDict): The training data set.
        ways (dict): See :func:`compare_loading`.
    """
    decoder = choose_decoder(data['decoder']) if data.get('decoder') else 'decord'
    apart = decoder == 'decord' and data.get('read_apart') is not False
    way = APART if apart and APART in ways else decoder
    return way if way in ways else next(iter(ways))


class _Loader:
    """Loads the next clip at each call, and adds up the time of each transform."""

    def __init__(
        self, dataset: Dataset, stages: dict[str, float], apart: bool, clock: str
    ) -> None:
        self.dataset, self.stages, self.apart, self.number = dataset, stages, apart, 0
        self.clock = CLOCKS[clock]

    def __call__(self) -> None:
        index, seed = self.number % len(self.dataset), self.number
        self.number += 1
        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
        if self.apart:
            self._time('a separate process', partial(self.dataset.read_in_worker, index))
            return
        results = self.dataset.get_data_info(index)
        for step in self.dataset.pipeline.transforms:
            results = self._time(type(step).__name__, partial(step, results))

    def _time(self, name: str, call: Callable) -> dict:
        start = self.clock()
        value = call()
        self.stages[name] += self.clock() - start
        return value


def supply(
    ways: dict[str, dict],
    model_rate: float,
    workers: int,
    cores: int,
    gpus: tuple = (1, 8, 64),
) -> list[dict]:
    """What numbers of GPUs need, and what bounds them: the loader or the model.

    Args:
        ways (dict): See :func:`compare_loading`.
        model_rate (float): Clips a second that one GPU trains on.
        workers (int): Data workers of a GPU. At most one runs on a core.
        cores (int): Cores of a machine, which has up to 8 GPUs.
        gpus (tuple[int]): Numbers of GPUs.

    Returns:
        list[dict]: For each number ``gpus``, ``clips_per_second`` and ``cores_there``; and
        by way ``cores`` that load so many clips, ``bound`` and ``megabytes_per_second``.
    """
    rows = []
    for count in gpus:
        rate = count * model_rate
        there = min(count * workers, cores * math.ceil(count / GPUS_OF_A_MACHINE))
        needed = {name: rate / way['clips_per_second'] for name, way in ways.items()}
        rows.append(
            {
                'gpus': count,
                'clips_per_second': rate,
                'cores_there': there,
                'cores': needed,
                'bound': {
                    name: 'model' if number <= there else 'loader'
                    for name, number in needed.items()
                },
                'megabytes_per_second': {
                    name: rate * way['megabytes'] for name, way in ways.items()
                },
            }
        )
    return rows
