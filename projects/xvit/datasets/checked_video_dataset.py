"""MMAction2's video data set, but it names bad videos and counts what it skips."""

import logging
from collections.abc import Callable

import torch
from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset
from mmengine.fileio import list_from_file
from mmengine.logging import print_log
from torch.utils.data import get_worker_info

from .decoders import DECODERS, choose_decoder
from .reader_process import ReaderProcess, ReadError
from .shards import Store, StoreError, open_index, read_from_shards
from .transforms.crop_region import join_crops

# Thousands of damaged files neither crashed nor hung these: see ROBUSTNESS.md.
SAFE = ('TorchCodecDecode', 'ExactPyAVDecode')


@DATASETS.register_module()
class CheckedVideoDataset(VideoDataset):
    """MMAction2's ``VideoDataset`` with errors that name the video, the list and the line.

    In training, up to ``max_bad_videos`` videos that cannot be read are replaced by
    others, and each is logged once. One more ends the run. In testing, the first one ends
    the run.

    With ``read_apart``, each data worker reads in a separate process, so a video that
    crashes the decoder, or takes too long, counts as bad. With ``num_workers=0`` the
    training process itself reads, and a crash ends it.

    With ``decoder``, the pipeline's ``DecordInit``, ``DecordDecode`` and ``SegmentInit``
    use that library. The frames are the same, but for interlaced files (PyAV) and for files
    that were cut without encoding them again (decord repeats frames there).

    Where AutoAugment is followed by a crop, only the pixels that the crop keeps are
    augmented, with the same result; see :class:`.ClipAutoAugment`, also for OpenCV's warps.

    With ``shards``, the pipeline's steps that open a video read it from tar files that
    ``tools/data/make_shards.py`` wrote, on a disk or in a store. The paths in the list are
    the names in the shards, and ``data_prefix['video']`` is not used. A video that is
    damaged there, or not there, counts as bad. A store that does not answer, or lacks a
    shard, ends the run whatever ``max_bad_videos`` is.

    Args:
        *args: See MMAction2's ``VideoDataset``.
        max_bad_videos (int): How many bad videos training may skip, in each process of a
            distributed run.
        time_limit (float): Seconds that a data worker may take for a video, if it reads in
            a separate process.
        decoder (str | None): ``'torchcodec'``, ``'decord'`` or ``'pyav'``; ``'auto'`` for
            the first of them that is installed, which is logged; ``None`` for the steps as
            the pipeline names them.
        read_apart (bool | None): Whether data workers read in a separate process. ``None``:
            unless the pipeline decodes with torchcodec or PyAV, which do not crash.
        shards (str | dict | None): The folder or URL of the shards, not under
            ``data_root``. As a dict, all arguments of :class:`TarShardsBackend`. ``None``
            or an empty text: videos are files.
        **kwargs: See MMAction2's ``VideoDataset``. With ``num_classes``, labels are
            checked against it.

    Raises:
        FileNotFoundError: If the annotation file does not exist.
        ImportError: If the decoder is not installed.
        ValueError: If it lists no video or has a malformed line, ``decoder`` is unknown,
            the shards lack more than ``max_bad_videos`` videos (in testing, any), or
            ``time_limit`` is below the time that their store may take.
        StoreError: If the shards' index cannot be read.
        RuntimeError: If a video cannot be read and may not be skipped.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: list[dict | Callable],
        *args,
        max_bad_videos: int = 0,
        time_limit: float = 300,
        decoder: str | None = None,
        read_apart: bool | None = None,
        shards: str | dict | None = None,
        **kwargs,
    ) -> None:
        self.max_bad_videos = max_bad_videos
        self.shards = dict(folder=shards) if isinstance(shards, str) else shards
        self.shards = None if not shards else self.shards
        if decoder is not None:
            pipeline = with_decoder(pipeline, choose_decoder(decoder))
        if self.shards:
            pipeline = read_from_shards(pipeline, self.shards)
        pipeline = join_crops(pipeline)
        types = [step['type'] for step in pipeline if isinstance(step, dict)]
        if read_apart is None:
            read_apart = not any(name in SAFE for name in types)
        if read_apart and self.shards:
            longest = Store(**self.shards).longest_read
            if not time_limit > longest:
                raise ValueError(
                    f'time_limit must be above the {longest:g} s after which the store of '
                    f'the shards is given up, got {time_limit}'
                )
        self.read_in_worker = (
            ReaderProcess(self._read, time_limit, StoreError) if read_apart else self._read
        )
        super().__init__(ann_file, pipeline, *args, **kwargs)

    def _join_prefix(self) -> None:
        super()._join_prefix()
        if self.shards:
            self.data_prefix['video'] = ''

    def full_init(self) -> None:
        """Also create the marks of bad videos, in memory that the data workers share."""
        if not self._fully_initialized:
            super().full_init()
            self._is_bad = torch.zeros(len(self), dtype=torch.bool).share_memory_()

    def filter_data(self) -> list[dict]:
        """Return the list as it is. The shards must have its videos."""
        data_list = super().filter_data()
        if self.shards:
            self._check_shards(data_list)
        return data_list

    def _check_shards(self, data_list: list[dict]) -> None:
        if any('start_time' in data for data in data_list):
            raise ValueError(
                f'{self.ann_file} lists segments of long videos, of which shards would '
                'read all bytes for each: cut the videos into clips, or leave out shards='
            )
        index = open_index(Store(**self.shards).folder)
        missing = index.missing([data['filename'] for data in data_list])
        if len(missing) > (0 if self.test_mode else self.max_bad_videos):
            first = data_list[missing[0]]
            raise ValueError(
                f'{self.ann_file}:{first["ann_line"]}: no video {first["filename"]!r} in '
                f'{index.source} ({len(missing)} of {len(data_list)} lines are missing '
                f'there, max_bad_videos={self.max_bad_videos})'
            )

    def load_data_list(self) -> list[dict]:
        """Return MMAction2's list. Each line is checked, and its number is kept."""
        lines = list_from_file(self.ann_file)
        for number, line in enumerate(lines, start=1):
            if line.strip():
                self._check_line(line, f'{self.ann_file}:{number}')
        data_list = [
            dict(data, ann_line=number)
            for number, (line, data) in enumerate(
                zip(lines, super().load_data_list(), strict=True), start=1
            )
            if line.strip()
        ]
        if not data_list:
            raise ValueError(f'{self.ann_file} lists no video')
        return data_list

    def _check_line(self, line: str, where: str) -> None:
        _, *labels = line.strip().split(self.delimiter)
        form = f'path{self.delimiter}label'
        if len(labels) > 1 and not self.multi_class:
            raise ValueError(f'{where}: expected "{form}", got {line!r}')
        for label in labels:
            if not label.isdecimal():
                raise ValueError(f'{where}: the label must be a number, got {line!r}')
            if self.num_classes is not None and int(label) >= self.num_classes:
                raise ValueError(
                    f'{where}: the label must be below num_classes={self.num_classes}, '
                    f'got {line!r}'
                )

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the video's class numbers, as MMEngine's ``ClassBalancedDataset`` asks."""
        label = BaseDataset.get_data_info(self, idx)['label']  # A number or a list of them.
        return label if isinstance(label, list) else [label]

    def prepare_data(self, idx: int) -> dict | None:
        """Return the pipeline's output, or ``None`` for a bad video that is skipped."""
        try:
            return (self._read if get_worker_info() is None else self.read_in_worker)(idx)
        except Exception as error:
            info = self.get_data_info(idx)
            kind = '' if isinstance(error, ReadError) else f'{type(error).__name__}: '
            message = (
                f'{self.ann_file}:{info["ann_line"]}: cannot read {info["filename"]}: '
                f'{kind}{error}'
            )
            if self.test_mode or isinstance(error, StoreError):
                raise RuntimeError(message) from error
            self._skip(idx, message, error)
            return None

    def _read(self, idx: int) -> dict | None:
        return super().prepare_data(idx)

    def _skip(self, idx: int, message: str, error: Exception) -> None:
        known = bool(self._is_bad[idx])
        self._is_bad[idx] = True
        num_bad = int(self._is_bad.sum())
        if num_bad > self.max_bad_videos:
            raise RuntimeError(
                f'{message} ({num_bad} bad videos, max_bad_videos={self.max_bad_videos})'
            ) from error
        if not known:
            print_log(
                f'skipped bad video {num_bad} of at most {self.max_bad_videos}: {message}',
                logger='current',
                level=logging.WARNING,
            )


def with_decoder(pipeline: list[dict | Callable], decoder: str) -> list[dict | Callable]:
    """Return a pipeline whose decord steps use another library.

    Args:
        pipeline (list): Steps of MMAction2. ``DecordInit``, ``DecordDecode`` and
            ``SegmentInit`` are replaced; others stay.
        decoder (str): A key of ``DECODERS``.

    Raises:
        ValueError: If a ``DecordDecode`` step decodes key frames only
            (``mode='efficient'``), which the other libraries do not.
    """
    names = dict(zip(DECODERS['decord'], DECODERS[decoder]))
    steps = []
    for step in pipeline:
        kind = step.get('type') if isinstance(step, dict) else None
        if kind == 'SegmentInit':
            step = dict(step, decoder=decoder)
        elif kind in names and names[kind] != kind:
            step = dict(step, type=names[kind])
            if kind == 'DecordDecode' and step.pop('mode', 'accurate') != 'accurate':
                raise ValueError(
                    f'DecordDecode(mode={pipeline[len(steps)]["mode"]!r}) needs '
                    f"decoder='decord', got {decoder!r}"
                )
        steps.append(step)
    return steps
