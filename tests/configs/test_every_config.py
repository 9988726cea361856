"""Every file in configs/, at reduced size, on videos in the folder layout of its data set.

Pipelines, lists, optimizer, hooks and loops are the config's own. The model has fewer and
narrower layers, and the run is one step each of training, validation and testing. A config
fails if its image model, data set type or data folder is not described here.
"""

import gc
import json
import math
import shutil
from copy import deepcopy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from config_names import CONFIGS, NAMES, STEPS, loaded
from epic_files import EPIC_COLUMNS, epic_row, write_epic_csv
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner
from toy_models import ARCHS, CHANNELS, of_image_model

from projects.xvit.analysis import without_weights

SPLITS = ('train', 'val', 'test')

# Each data folder, and the path of a video below its folder of videos.
VIDEOS = {
    'data/diving48': '{number}.mp4',
    'data/kinetics400': 'class_{label}/{number}_000001_000011.mp4',
    'data/kinetics600': 'class_{label}/{number}_000001_000011.mp4',
    'data/motion': '{split}/{number}.mp4',
    'data/sthv1': '{number}.mp4',
    'data/sthv2': '{number}.mp4',
}


@pytest.fixture(scope='module', autouse=True)
def few_objects():
    """Building a data set collects garbage, which is slow when there are many objects."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def quick(monkeypatch):
    """A runner that starts faster: it neither collects the environment nor formats text."""
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg)))


@pytest.fixture(scope='session')
def videos(tmp_path_factory):
    """A wide video and a tall one."""
    folder = tmp_path_factory.mktemp('videos')
    rng = np.random.default_rng(0)
    for name, (width, height) in dict(wide=(80, 60), tall=(60, 80)).items():
        code = cv2.VideoWriter_fourcc(*'mp4v')
        writer = cv2.VideoWriter(str(folder / f'{name}.mp4'), code, 25, (width, height))
        for frame in rng.integers(0, 256, (40, height, width, 3), dtype=np.uint8):
            writer.write(frame)
        writer.release()
    return sorted(folder.iterdir())


@pytest.fixture(scope='session')
def disk(tmp_path_factory):
    """The folder of ``data/``. Each data set is created in it once."""
    return tmp_path_factory.mktemp('disk')


def lay_out_list(data, split, videos):
    """Two videos, of the first and the last class, and their list."""
    root = Path(data.data_root)
    lines = []
    labels = (0, data.num_classes - 1)
    for number, (label, video) in enumerate(zip(labels, videos, strict=True)):
        path = VIDEOS[data.data_root].format(number=number, label=label, split=split)
        lines.append(f'{path} {label}\n')
        file = root / data.data_prefix.video / path
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(video, file)
    (root / data.ann_file).write_text(''.join(lines))


def lay_out_epic(data, split, videos):
    """The official columns and untrimmed videos, for the first and the last classes."""
    root = Path(data.data_root)
    rows = []
    for number, (labels, video) in enumerate(zip([(0, 0), (96, 299)], videos, strict=True)):
        row = epic_row(number, f'P0{number}_101', 0.2, 1.4, *labels)
        rows.append(row)
        names = dict(zip(EPIC_COLUMNS, row))
        file = root / data.data_prefix.video / data.video_template.format(**names)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(video, file)
    write_epic_csv(root / data.ann_file, rows)


def lay_out_untrimmed(data, split, videos):
    """Two videos in which the class changes from the first to the last."""
    root, listed = Path(data.data_root), {}
    for number, video in enumerate(videos):
        name = f'{split}/{number}.mp4'
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(video, root / name)
        bounds = ((0, 20, 0), (20, 40, data.num_classes - 1))
        segments = [dict(start=a, end=b, label=label) for a, b, label in bounds]
        listed[name] = dict(fps=25, num_frames=40, segments=segments)
    (root / data.ann_file).write_text(json.dumps(dict(videos=listed)))


LAY_OUT = dict(
    CheckedVideoDataset=lay_out_list,
    EpicKitchensDataset=lay_out_epic,
    StreamWindowsDataset=lay_out_untrimmed,
)


def host_of(cfg):
    """The backbone, or the frozen one in it."""
    backbone = cfg.model.backbone
    return backbone.backbone if 'backbone' in backbone else backbone


def videos_of(cfg, split):
    """The data set of a split, or the one whose features are cached."""
    data = cfg[f'{split}_dataloader'].dataset
    return data.dataset if data.type == 'CachedFeatures' else data


def reduce(cfg):
    """The config with a small model, one step per epoch, at most two clips per video."""
    cfg.model = without_weights(cfg.model)
    host = host_of(cfg)
    kind = MODELS.get(host.type)
    host.update(of_image_model(ARCHS, kind))
    channels = of_image_model(CHANNELS, kind)
    head = cfg.model.cls_head
    for part in (head, *head.values()):
        if isinstance(part, dict) and 'in_channels' in part:
            part.in_channels = channels
    # Other strategies need several processes or a GPU. tests/tools tests them.
    cfg.pop('runner_type', None)
    if cfg.pop('strategy', None):
        cfg.optim_wrapper.pop('type', None)
    cfg.load_from = None
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    for split in SPLITS:
        loader = cfg[f'{split}_dataloader']
        loader.update(num_workers=0, persistent_workers=False)
        loader.batch_size = min(loader.batch_size, 2)
        videos_of(cfg, split).indices = 2  # The list may be longer.
    for step in cfg.test_dataloader.dataset.pipeline:
        if 'num_clips' in step:
            step.num_clips = min(step.num_clips, 2)
    if not torch.cuda.is_available() and cfg.optim_wrapper.get('type') == 'AmpOptimWrapper':
        cfg.optim_wrapper.type = 'OptimWrapper'  # AmpOptimWrapper needs a GPU.
    return cfg


def test_configs_are_flat_files():
    assert [path.name for path in CONFIGS.iterdir() if path.is_dir()] == ['_base_']
    assert len(NAMES) > 40


@pytest.mark.parametrize('name', NAMES)
def test_asks_for_the_runtime(name):
    cfg = loaded(name)
    assert cfg.custom_imports.imports == ['projects.xvit', 'projects.xvit.engine']
    assert cfg.default_hooks.checkpoint.type == 'AtomicCheckpointHook'
    assert cfg.default_hooks.checkpoint.interval == 1  # Inherited from MMAction2.
    assert cfg.default_hooks.sampler_seed.type == 'EpochSeedHook'


@pytest.mark.parametrize('name', STEPS)
def test_trains_and_tests(name, videos, disk, quick, tmp_path, monkeypatch):
    monkeypatch.chdir(disk)
    cfg = reduce(deepcopy(loaded(name)))
    cfg.update(work_dir=str(tmp_path), log_level='ERROR')
    for split in SPLITS:
        data = videos_of(cfg, split)
        LAY_OUT[data.type](data, 'train' if split == 'train' else 'val', videos)

    runner = Runner.from_cfg(cfg)
    before = {key: value.clone() for key, value in runner.model.named_parameters()}
    runner.train()
    assert runner.iter == 1
    assert math.isfinite(runner.message_hub.get_scalar('train/loss').current())
    optimized = runner.optim_wrapper.optimizer.param_groups
    optimized = {id(value) for group in optimized for value in group['params']}
    trained = [v for v in runner.model.parameters() if v.requires_grad]
    assert trained and all(id(value) in optimized for value in trained)
    moved = [k for k, v in runner.model.named_parameters() if not torch.equal(v, before[k])]
    frozen = cfg.model.backbone.type == 'FrozenBackbone'
    assert frozen != any(key.startswith('backbone.') for key in moved)
    assert any(key.startswith('cls_head.') for key in moved)

    metrics = runner.test()
    assert metrics and all(0 <= value <= 1 for value in metrics.values())


@pytest.mark.parametrize('name', NAMES)
def test_clips_are_as_large_as_the_backbone_is_told(name):
    cfg = loaded(name)
    backbone = host_of(cfg)
    size = backbone.get('img_size', 224)
    for split in SPLITS:
        pipeline = videos_of(cfg, split).pipeline
        told = {
            key: step[key]
            for step in pipeline
            for key in ('clip_len', 'crop_size', 'size', 'input_size')
            if key in step
        }
        assert told.pop('clip_len') == backbone.get('num_frames', 8)
        assert set(told.values()) <= {size}
