import json
import shutil
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from shard_files import motion_shards, without_videos

from projects.xvit.benchmark import loading
from projects.xvit.benchmark.compare import Settings
from projects.xvit.benchmark.data import data_rates
from projects.xvit.benchmark.models import build_backbone
from projects.xvit.benchmark.report import advice, write_json, write_section

TOY = """
model = dict(type='Recognizer3D', backbone=dict(
    type='XViT', window={window}, img_size=32, init_cfg=dict(type='Pretrained', checkpoint='no'),
    arch=dict(embed_dims=16, num_layers=1, num_heads=2, feedforward_channels=32)))
"""  # noqa: E501
FIELDS = {
    'pass',
    'frames',
    'model',
    'seconds',
    'seconds_quartiles',
    'clips_per_second',
    'ratio',
    'ratio_quartiles',
    'frame_ratio',
    'peak_bytes',
    'memory_ratio',
}


@pytest.fixture
def toys(tmp_path):
    paths = [tmp_path / f'window{window}.py' for window in (0, 1)]
    for window, path in enumerate(paths):
        path.write_text(TOY.format(window=window))
    return [str(path) for path in paths]


@pytest.mark.parametrize('dtype', ['float32', 'bfloat16'])
def test_table_and_json(tool, toys, tmp_path, dtype):
    out, readme = tmp_path / 'out.json', tmp_path / 'README.md'
    readme.write_text(
        'before\n<!-- benchmark:toys -->\nold\n<!-- /benchmark:toys -->\nafter\n'
    )
    arguments = ['--side', 32, '--frames', 2, 4, '--rounds', 2, '--warmup', 1]
    files = ['--json', out, '--markdown', readme, '--section', 'toys']
    code, printed = tool('benchmark', *toys, *arguments, '--dtype', dtype, *files)
    assert code == 0, printed

    report = json.loads(out.read_text())
    assert report['machine']['device'] and report['versions']['torch'] == torch.__version__
    assert report['command'].startswith('python ') and report['date'].startswith('20')
    assert report['settings']['dtype'] == dtype and report['baseline'] == toys[0]
    cases = [(row['pass'], row['frames'], row['model']) for row in report['rows']]
    assert cases == [
        (kind, frames, model)
        for kind in ('inference', 'training')
        for frames in (2, 4)
        for model in toys
    ]
    for row in report['rows']:
        assert set(row) == FIELDS
        assert row['seconds'] > 0 and row['peak_bytes'] > 0
        if row['model'] == toys[0]:
            assert row['ratio'] == row['memory_ratio'] == 1
            assert row['ratio_quartiles'] == [1, 1]
        if row['frames'] == 2:
            assert row['frame_ratio'] == 1
    memory = {case: row['peak_bytes'] for case, row in zip(cases, report['rows'])}
    for model in toys:
        assert memory['training', 4, model] > memory['inference', 4, model]

    text = readme.read_text()
    assert text.startswith('before\n<!-- benchmark:toys -->\n') and 'old' not in text
    assert text.endswith('<!-- /benchmark:toys -->\nafter\n')
    assert text.count('| time per frame |') == 2 and toys[1] in text


def test_pipeline_against_model(tool, motion, monkeypatch, tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data/motion').symlink_to(motion)
    monkeypatch.chdir(tmp_path)
    out = tmp_path / 'out.json'
    config = Path(__file__).parents[2] / 'configs/xvit_motion.py'
    arguments = ['--data', '--rounds', 2, '--warmup', 1, '--json', out]
    code, printed = tool('benchmark', config, *arguments)
    assert code == 0, printed
    data = json.loads(out.read_text())['data']
    rates = [data['loader_clips_per_second'], data['model_clips_per_second']]
    assert data['clips'] == 32
    assert data['epoch_seconds'] == pytest.approx(32 / min(rates))
    assert data['bound'] == ('loader' if rates[0] < rates[1] else 'model')
    assert data['workers'] * data['clips_per_second_per_worker'] == pytest.approx(rates[0])
    assert f'The {data["bound"]} bounds an epoch of 32 clips' in printed
    assert {'decord, apart', 'decord'} <= set(data['ways']) and data['way'] in data['ways']
    assert data['ways']['decord, apart']['ratio'] == 1
    assert all(0 < way['megabytes'] < 1 for way in data['ways'].values())
    one, eight, _ = data['supply']
    assert eight['clips_per_second'] == pytest.approx(8 * rates[1])
    assert eight['cores']['decord'] == pytest.approx(8 * one['cores']['decord'])
    assert f'| {data["way"]} |' in printed and '| 64 |' in printed


def test_what_bounds_numbers_of_gpus_and_what_helps_most():
    rates = {
        'decord': 10.0,
        'torchcodec': 12.0,
        'decord, OpenCV warps': 11.0,
        'decord, transcoded': 30.0,
        'decord, OpenCV warps, transcoded': 50.0,
    }
    ways = {
        name: dict(clips_per_second=rate, megabytes=2, stages=dict(Decode=60, Crop=40))
        for name, rate in rates.items()
    }
    # One GPU has 8 workers, 8 GPUs on one machine 16 cores, 64 GPUs 8 machines of 16 cores.
    rows = loading.supply(ways, model_rate=50.0, workers=8, cores=16)
    assert [row['cores_there'] for row in rows] == [8, 16, 128]
    assert [row['bound']['decord'] for row in rows] == ['model', 'loader', 'loader']
    assert [row['bound']['decord, transcoded'] for row in rows] == [
        'model',
        'model',
        'model',
    ]
    assert rows[1]['cores']['decord'] == 40
    assert rows[1]['megabytes_per_second']['decord'] == 800
    found = dict(way='decord', ways=ways, supply=rows)
    text = advice(found, 'decord, OpenCV warps, transcoded', 5.0)
    assert 'helps most is "decord, transcoded": 3.00 times' in text
    assert '"decord, OpenCV warps, transcoded": 5.00 times' in text
    assert 'still bounds' not in text and 'Decode takes most of the time, 60.0' in text
    rows = loading.supply(ways, model_rate=1.0, workers=8, cores=16)
    assert 'keeps up' in advice(dict(found, supply=rows), 'decord', 1.0)


def test_pillows_warps_are_also_timed_with_opencv():
    pillow = dict(type='ClipAutoAugment', policy='v0', fill=128)
    crop = dict(type='RandomCrop', size=224)
    assert loading._opencv_warps([pillow, crop]) == [dict(pillow, backend='cv2'), crop]
    assert loading._opencv_warps([dict(pillow, backend='cv2'), crop]) is None
    assert loading._opencv_warps([dict(pillow, policy='imagenet')]) is None


@pytest.mark.slow
def test_ways_to_load_with_transcoded_files(motion, tmp_path):
    """Only the videos that were transcoded are loaded, and each has its own label."""
    (tmp_path / 'train').mkdir()
    for number in (3, 5):
        shutil.copy(motion / f'train/{number:05d}.mp4', tmp_path / 'train')
    lines = (motion / 'train.txt').read_text().splitlines()
    (tmp_path / 'train.txt').write_text(f'{lines[3]}\n{lines[5]}\n')
    cfg = Config.fromfile('configs/xvit_motion.py')
    cfg.train_dataloader.dataset.data_root = str(motion)
    init_default_scope('mmaction')
    found = data_rates(cfg, Settings(rounds=1, clock='cpu'), 20.0, str(tmp_path))
    assert found['way'] in found['ways'] and 'decord, apart' not in found['ways']
    found = data_rates(cfg, Settings(rounds=2, warmup=1), 20.0, str(tmp_path))
    assert found['model_clips_per_second'] == 20 and found['supply'][2]['gpus'] == 64
    assert {'decord', 'decord, transcoded', 'decord, apart, transcoded'} <= set(
        found['ways']
    )
    datasets = loading._datasets(cfg.train_dataloader.dataset, str(tmp_path))
    labels = [int(lines[i].split()[1]) for i in (3, 5)]
    for dataset in datasets.values():
        assert [dataset.get_data_info(i)['label'] for i in range(len(dataset))] == labels
    with pytest.raises(FileNotFoundError, match='transcode'):
        data_rates(cfg, Settings(rounds=1), 20.0, str(tmp_path / 'train'))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['vit-x'], "'vit-x' is neither a config file nor one of vit-b"),
        (['vit-b', 'vit-b'], 'models must differ'),
        (['vit-b', '--baseline', 'swin-t'], "baseline must be one of ['vit-b']"),
        (['vit-b', '--frames', '0'], 'frames must be at least 1, got [0]'),
        (['vit-b', '--rounds', '0'], 'rounds must be at least 1, got 0'),
        (['vit-b', '--warmup', '-1'], 'warmup must be at least 0, got -1'),
        (['vit-b', '--clock', 'cpu', '--device', 'cuda'], "clock='cpu' needs device='cpu'"),
        (['vit-b', '--section', 'x'], '--section needs --markdown'),
        (['vit-b', '--data'], '--data needs one config file'),
        (['vit-b', '--model-rate', '0'], '--model-rate must be above 0, got 0'),
        (['tps-swin-t', '--frames', '64'], 'at most 32'),
    ],
)
def test_bad_arguments_are_named(tool, arguments, message):
    code, printed = tool('benchmark', *arguments)
    assert code and message in printed


def test_a_backbone_gets_the_clips_length_and_size(toys):
    model = build_backbone(toys[1], num_frames=6, side=64)
    assert model.temporal_embed.shape[1] == 6 and model.pos_embed.shape[1] == 1 + 16
    assert model.init_cfg is None  # No weights are read.


@pytest.mark.parametrize('name', ['timesformer-b', 'mvitv2-s', 'mvitv2-b'])
def test_mmactions_models_are_found(name):
    with torch.device('meta'):
        model = build_backbone(name, 8, 224)
    assert model(torch.zeros(1, 3, 8, 224, 224, device='meta')) is not None


def test_files_are_whole_or_as_they_were(tmp_path):
    path = tmp_path / 'out.json'
    write_json({'a': 1}, path)
    with pytest.raises(TypeError):
        write_json({'a': object()}, path)
    assert json.loads(path.read_text()) == {'a': 1}
    for text in ('no markers', '<!-- /benchmark:x --> <!-- benchmark:x -->'):
        path.write_text(text)
        with pytest.raises(ValueError, match='must have the lines <!-- benchmark:x -->'):
            write_section('text', path, 'x')
        assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_sizes_of_videos_in_shards_are_counted(motion, tmp_path):
    """There are no files whose size could be taken."""
    cfg = Config.fromfile('tests/data/tiny_motion.py')
    lists = without_videos(motion, tmp_path / 'lists')
    cfg.train_dataloader.dataset.data_root = str(lists)
    cfg.train_dataloader.dataset.shards = str(motion_shards(motion, tmp_path / 'shards'))
    found = data_rates(cfg, Settings(rounds=1, warmup=0, clock='cpu'), 20.0)
    sizes = [path.stat().st_size for path in (motion / 'train').glob('*.mp4')]
    for way in found['ways'].values():
        assert way['megabytes'] == pytest.approx(sum(sizes) / len(sizes) / 1e6)
