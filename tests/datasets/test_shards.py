"""Videos from shards are those of the files, and whatever is wrong with them is named."""

import functools
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from epic_files import EPIC_COLUMNS, epic_row, write_epic_csv, write_gray_video
from http_store import serving
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.fileio import FileClient, get
from mmengine.registry import init_default_scope
from odd_videos import grey
from shard_files import write_shards
from torch.utils.data import DataLoader

from projects.xvit.datasets import checked_video_dataset
from projects.xvit.datasets.decoders import DECODERS
from projects.xvit.datasets.shards import (
    ENTRY,
    DamagedMemberError,
    ShardIndex,
    StoreError,
    TarShardsBackend,
    backend,
    key_of,
    open_index,
)
from projects.xvit.datasets.shards import store as store_module

ROOT = Path(__file__).parents[2]
NAMES = [f'{i}.mp4' for i in range(6)]


@pytest.fixture
def root(tmp_path):
    """Videos that show their labels, their list, and shards of two videos each."""
    for i, name in enumerate(NAMES):
        grey(tmp_path / name, i)
    (tmp_path / 'list.txt').write_text(''.join(f'{i}.mp4 {i}\n' for i in range(6)))
    size = (tmp_path / NAMES[0]).stat().st_size
    write_shards(tmp_path, NAMES, tmp_path / 'shards', limit=size + 1)
    assert len(list((tmp_path / 'shards').glob('*.tar'))) == 3
    return tmp_path


@pytest.fixture
def log(monkeypatch, tmp_path):
    """What all processes log, in a file. Between two tries is no waiting."""
    path = tmp_path / 'log'
    path.touch()

    def write(text, *_, **__):
        with path.open('a') as file:
            file.write(text.replace('\n', ' ') + '\n')

    for module in (checked_video_dataset, backend, store_module):
        monkeypatch.setattr(module, 'print_log', write)
    monkeypatch.setattr(store_module, 'LONGEST_WAIT', 0.001)
    return path


@functools.cache
def motion_config():
    return Config.fromfile(ROOT / 'configs/_base_/motion.py')


def build(root, decoder='torchcodec', split='train', shards='shards', **options):
    init_default_scope('mmaction')
    cfg = motion_config()
    shards = str(root / shards) if isinstance(shards, str) and shards else shards
    options = dict(data_root=str(root), ann_file='list.txt', **options)
    options |= dict(decoder=decoder, shards=shards)
    return DATASETS.build({**cfg[f'{split}_dataloader'].dataset, **options})


def samples(data, num_workers=1):
    """Clips and labels, each video's once, as data workers give them."""
    loader = DataLoader(data, 1, num_workers=num_workers, collate_fn=pseudo_collate)
    return [
        (batch['inputs'][0], batch['data_samples'][0].gt_label.item()) for batch in loader
    ]


def shown_label(clip):
    return round((clip.float().mean().item() - 16) / 32)


@pytest.mark.parametrize('decoder', DECODERS)
def test_clips_are_those_of_the_files(decoder, root):
    files = build(root, decoder, 'val', None, data_prefix=dict(video=str(root)))
    shards = build(root, decoder, 'val', data_prefix=dict(video='not/used'))
    for (clip, label), (expected, same_label) in zip(samples(shards, 0), samples(files, 0)):
        assert torch.equal(clip, expected)
        assert shown_label(clip) == label == same_label


def test_mmengine_reads_members_by_name(root):
    folder = str(root / 'shards')
    content = (root / '3.mp4').read_bytes()
    assert get('3.mp4', dict(backend='tar_shards', folder=folder)) == content
    assert FileClient('tar_shards', folder=f'{folder}/').get('3.mp4') == content
    (root / 'a.txt').write_text('ü')
    write_shards(root, ['a.txt'], root / 'texts')
    assert TarShardsBackend(root / 'texts').get_text('a.txt') == 'ü'
    with pytest.raises(
        LookupError, match=r"no video '9\.mp4' in .*index\.npy, which has 6"
    ):
        TarShardsBackend(folder).get('9.mp4')


def damage(path, what):
    data = bytearray(path.read_bytes())
    if what == 'cut':
        del data[len(data) // 4 :]
    elif what == 'changed':
        data[2000] ^= 1  # In the first video.
    elif what == 'moved':
        data = data[512:] + bytes(512)
    path.write_bytes(data)


DAMAGES = {
    'cut': r'the file is cut short: it has \d+ bytes, and the video ends at byte \d+',
    'changed': 'its CRC-32 is [0-9a-f]{8} instead of [0-9a-f]{8}',
    'moved': 'no tar header',
}


@pytest.mark.slow
@pytest.mark.parametrize('what', DAMAGES)
def test_damaged_members_are_bad_videos(what, root, log):
    """With ``max_bad_videos`` they are skipped and named. Labels stay right."""
    damage(root / 'shards/shard-000001.tar', what)
    num_bad = 1 if what == 'changed' else 2
    for label, clip in [
        (label, clip)
        for decoder in ('torchcodec', 'decord')
        for clip, label in samples(build(root, decoder, max_bad_videos=num_bad), 2)
    ]:
        assert shown_label(clip) == label
    lines = [line for line in log.read_text().splitlines() if 'skipped' in line]
    assert len(lines) == 2 * num_bad
    place = r'list\.txt:3: cannot read 2\.mp4: DamagedMemberError: '
    place += r'2\.mp4 in \S*shards/shard-000001\.tar'
    assert re.search(f'{place}.*{DAMAGES[what]}', log.read_text())
    assert what == 'cut' or 'read again: 2.mp4' in log.read_text()
    limit = num_bad - 1
    with pytest.raises(RuntimeError, match=rf'{num_bad} bad .*max_bad_videos={limit}'):
        samples(build(root, max_bad_videos=limit))
    with pytest.raises(RuntimeError, match=place):
        samples(build(root, split='val', max_bad_videos=9))


def test_members_that_were_exchanged_are_not_taken_for_each_other(root, log):
    first, second = (root / f'shards/shard-00000{i}.tar' for i in (0, 1))
    shutil.copy(second, first)
    with pytest.raises(DamagedMemberError, match=r"it is '2\.mp4' of \d+ bytes instead of"):
        TarShardsBackend(root / 'shards').get('0.mp4')


@pytest.mark.slow
@pytest.mark.parametrize('decoder', ['torchcodec', 'decord'])
def test_a_missing_shard_ends_the_run(decoder, root, log):
    """In the data worker and in the process apart."""
    (root / 'shards/shard-000001.tar').unlink()
    message = r'list\.txt:3: cannot read 2\.mp4: .*shard-000001\.tar: FileNotFoundError'
    for split in ('train', 'val'):
        with pytest.raises(RuntimeError, match=message):
            samples(build(root, decoder, split, max_bad_videos=99))
    assert 'skipped' not in log.read_text()


@pytest.mark.slow
def test_videos_that_the_index_lacks_are_named_at_the_start(root, log):
    with (root / 'list.txt').open('a') as file:
        file.write('sub/7.mp4 1\nsub/8.mp4 1\n')
    message = r"list\.txt:7: no video 'sub/7\.mp4' in \S*index\.npy \(2 of 8 lines"
    with pytest.raises(ValueError, match=message):
        build(root, max_bad_videos=1)
    with pytest.raises(ValueError, match=message):
        build(root, split='val', max_bad_videos=2)
    clips = samples(build(root, max_bad_videos=2))
    assert all(shown_label(clip) == label for clip, label in clips) and len(clips) == 8
    assert log.read_text().count('skipped bad video') == 2


def test_bad_indices_are_named(root):
    def fresh():
        open_index.cache_clear()
        return TarShardsBackend(root / 'shards')

    index = root / 'shards/index.npy'
    content = index.read_bytes()
    for data in (b'', b'no index', content[:50], content[:-1]):
        index.write_bytes(data)
        with pytest.raises(StoreError, match=r'index\.npy is no index, or is cut short: .'):
            fresh()
    np.save(index, np.zeros(3))
    with pytest.raises(StoreError, match=r'index\.npy is no index of shards: it has float'):
        fresh()
    index.unlink()
    with pytest.raises(StoreError, match=r'index\.npy does not exist: .*make_shards'):
        build(root, shards='shards/')


def test_bad_arguments_are_named(root):
    with pytest.raises(
        ValueError, match=r'shards=\S+ needs a pipeline with one of Segment'
    ):
        build(root, pipeline=[dict(type='DecordDecode')])
    with pytest.raises(ValueError, match=r"TorchCodecInit without io_backend, got 'lmdb'"):
        build(root, pipeline=[dict(type='DecordInit', io_backend='lmdb')])
    slow = dict(folder=str(root / 'shards'), timeout=99)
    with pytest.raises(ValueError, match=r'time_limit must be above the 756 s .* got 300'):
        build(root, 'decord', shards=slow)
    assert len(samples(build(root, 'decord', shards=slow, time_limit=800))) == 6
    files = build(root, shards='', data_prefix=dict(video=str(root)))  # Files.
    assert files.get_data_info(0)['filename'] == str(root / '0.mp4')


def test_segments_of_long_videos_are_refused_and_clips_are_read(tmp_path):
    init_default_scope('mmaction')
    rows = [epic_row(i, 'P01_01', 0.2, 0.4, i, 2 * i) for i in range(2)]
    names = [f'{row[0]}.mp4' for row in rows]
    for name in names:
        write_gray_video(tmp_path / name, 10, 50)
    ann_file = write_epic_csv(tmp_path / 'list.csv', rows, EPIC_COLUMNS)
    shards = write_shards(tmp_path, names, tmp_path / 'shards')
    config = Config.fromfile(ROOT / 'configs/xvit_epic.py').train_dataloader.dataset
    config.update(data_root=None, data_prefix=dict(video=str(tmp_path)), shards=str(shards))
    config.update(ann_file=str(ann_file))
    with pytest.raises(ValueError, match=r'list\.csv lists segments of long videos'):
        DATASETS.build(config)
    about = dict(fps=50, num_frames=10, segments=[dict(start=0, end=9, label=0)])
    (tmp_path / 'list.json').write_text(json.dumps(dict(videos={names[0]: about})))
    options = dict(pipeline=config.pipeline, window=5, shards=str(shards))
    options |= dict(ann_file=str(tmp_path / 'list.json'), data_prefix=dict(video=''))
    with pytest.raises(ValueError, match=r'list\.json lists segments of long videos'):
        DATASETS.build(dict(type='StreamWindowsDataset', **options))
    data = DATASETS.build({**config, 'video_template': '{narration_id}.mp4'})
    assert [data[i]['data_samples'].gt_label.tolist() for i in (0, 1)] == [[0, 0], [1, 2]]


@pytest.mark.slow
def test_a_store_that_fails_for_a_while_changes_no_clip(root, log):
    pytest.importorskip('aiohttp')
    expected = samples(build(root, split='val'))
    with serving(root / 'shards') as server:
        for decoder in ('torchcodec', 'decord'):
            shards = dict(folder=server.url, timeout=3.0, attempts=6)
            data = build(root, decoder, 'val', shards=shards, time_limit=99)
            server.faults += [503, 429, 500, 6.0]
            found = samples(data, num_workers=2)
            assert not server.faults
            for (clip, label), (same, same_label) in zip(found, expected, strict=True):
                assert torch.equal(clip, same) and label == same_label
    assert log.read_text().count(' of 6 to read ') >= 8

    data = build(root, shards=shards, max_bad_videos=99)  # Its index is known.
    with pytest.raises(RuntimeError, match=r'cannot read \d\.mp4: .*6 tries failed'):
        samples(data)
    assert 'skipped' not in log.read_text()


def test_index_of_many_names_finds_each(tmp_path):
    names = [f'class {i % 7}/vidéo {i}.mp4' for i in range(2000)]
    table = np.zeros(len(names), ENTRY)
    table['key'] = [key_of(name) for name in names]
    table['size'] = range(len(names))
    index = ShardIndex(np.sort(table, order='key'), 'an index')
    assert [index.find(name).size for name in names] == list(range(len(names)))
    assert index.missing(names).tolist() == []
    assert index.missing(['a', names[5], 'b']).tolist() == [0, 2]
    for name in ('a', 'b', names[0] + 'x'):
        with pytest.raises(LookupError):
            index.find(name)


def test_forks_share_the_index(root):
    index = open_index(str(root / 'shards'))
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, b'same' if open_index(str(root / 'shards')) is index else b'no')
        os._exit(0)
    os.close(writer)
    assert os.read(reader, 9) == b'same'
    os.wait()
