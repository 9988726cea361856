"""Features of a frozen host: computed once, kept apart by host, as without a cache."""

import copy
import gc
import shutil
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from projects.xvit.engine.hooks import feature_cache_hook as hook

CONFIG = Path(__file__).parents[1] / 'data/tiny_probe_motion.py'
TRAIN, VAL, CLASSES = 8, 4, 8


@pytest.fixture(scope='module', autouse=True)
def few_objects():
    """Building a data set collects garbage, which is slow when there are many objects."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg)))


@pytest.fixture
def cfg(motion, tmp_path, monkeypatch):
    """One epoch on cached features, without data workers. The host's weights are a file."""
    monkeypatch.chdir(tmp_path)
    cfg = Config.fromfile(CONFIG)
    cfg.update(work_dir=str(tmp_path / 'work'), log_level='ERROR')
    cfg.custom_imports.imports = ['projects.xvit', 'projects.xvit.engine']
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.param_scheduler = None
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.update(num_workers=0, persistent_workers=False)
        videos = loader.dataset.get('dataset', loader.dataset)
        videos.update(data_root=str(motion), indices=TRAIN if split == 'train' else VAL)
    host = cfg.model.backbone.backbone
    host.init_cfg = dict(type='Pretrained', checkpoint=weights(tmp_path / 'a.pth', 0))
    return cfg


def weights(path, seed):
    torch.manual_seed(seed)
    small = dict(img_size=32, patch_size=16, embed_dim=16, depth=2, num_heads=2)
    image = timm.create_model('vit_small_patch16_dinov3', num_classes=0, **small)
    torch.save(image.state_dict(), path)
    return str(path)


def train(cfg):
    runner = Runner.from_cfg(copy.deepcopy(cfg))
    runner.train()
    return runner


def folders():
    return sorted(path.parent for path in Path('work_dirs/features').rglob('made_by.json'))


def files(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob('*.npy')}


def test_features_are_those_of_the_backbone(cfg):
    cfg.custom_hooks[0].batch_size = 1
    runner = train(cfg)
    (folder,) = folders()
    assert folder.name.startswith('vit_small_patch16_dinov3-')
    assert len(files(folder)) == TRAIN + VAL
    cached, model = runner.val_loop.dataloader.dataset, runner.model
    for i in range(VAL):
        clips = cached.dataset[i]['inputs']
        batch = model.data_preprocessor(dict(inputs=[clips], data_samples=None))
        with torch.no_grad():
            expected = model.backbone(batch['inputs'][0])
        item = cached[i]
        assert torch.equal(item['inputs'], expected)
        assert item['data_samples'].gt_label == cached.dataset[i]['data_samples'].gt_label


def test_scores_are_those_of_the_whole_model(cfg):
    """The loop over features and the one over videos, with the same views."""
    runner = train(cfg)
    model, scores = runner.model.eval(), []
    for loader in (
        runner.val_loop.dataloader,
        runner.build_dataloader(cfg.test_dataloader),
    ):
        with torch.no_grad():
            outputs = [sample for batch in loader for sample in model.test_step(batch)]
        scores.append(torch.stack([sample.pred_score for sample in outputs]))
    assert scores[0].shape == (VAL, CLASSES)
    torch.testing.assert_close(*scores, rtol=1e-5, atol=1e-6)
    assert any(key.startswith('cls_head.') for key in model.state_dict())
    saved = torch.load(Path(runner.work_dir) / 'epoch_1.pth')['state_dict']
    assert not any('blocks' in key for key in saved)


def test_nothing_is_computed_twice(cfg, monkeypatch):
    first = train(cfg)
    (folder,) = folders()
    times = {name: path.stat().st_mtime_ns for name, path in files(folder).items()}
    monkeypatch.setattr(hook, 'features', None)  # It cannot be called.
    # Another head has the same features.
    del cfg.model.cls_head.num_heads
    cfg.model.cls_head.type = 'FrameConcatHead'
    second = train(cfg)
    assert folders() == [folder]
    assert times == {name: path.stat().st_mtime_ns for name, path in files(folder).items()}
    assert first.train_loop.dataloader.dataset.folder == Path(folder)
    assert second.iter == first.iter == 1


def test_a_run_that_was_stopped_goes_on(cfg, monkeypatch):
    whole, write = [], hook.write_array

    def stop(path, array):
        if len(whole) == 3:
            raise OSError('No space left on device')
        write(path, array)
        whole.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(hook, 'write_array', stop)
        with pytest.raises(OSError, match='No space left'):
            train(cfg)
    (folder,) = folders()
    assert sorted(files(folder).values()) == sorted(whole)
    times = {path: path.stat().st_mtime_ns for path in whole}
    train(cfg)
    assert len(files(folder)) == TRAIN + VAL
    assert times == {path: path.stat().st_mtime_ns for path in whole}


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ('moves', 'pixels')]


@pytest.mark.parametrize('change', ['weights', 'pipeline', 'videos', *SLOW])
def test_each_way_to_make_features_has_its_own_folder(cfg, change, tmp_path):
    train(cfg)
    before = folders()
    if change == 'weights':
        other = weights(tmp_path / 'b.pth', 1)
        cfg.model.backbone.backbone.init_cfg.checkpoint = other
    elif change == 'moves':
        cfg.model.backbone.backbone.moves = []
    elif change == 'pixels':
        cfg.model.data_preprocessor.mean = [100.0, 100.0, 100.0]
    elif change == 'videos':  # Others of the same names.
        root = tmp_path / 'others'
        shutil.copytree(cfg.train_dataloader.dataset.dataset.data_root, root)
        first, *others = sorted(root.glob('*/*.mp4'))
        for video in others:
            shutil.copy(first, video)
        for split in ('train', 'val'):
            cfg[f'{split}_dataloader'].dataset.dataset.data_root = str(root)
    else:
        for split in ('train', 'val'):
            cfg[f'{split}_dataloader'].dataset.dataset.pipeline[3].scale = (-1, 48)
    train(cfg)
    one, other = (files(folder) for folder in folders())
    assert before[0] in folders() and one.keys() == other.keys()
    assert not all(np.array_equal(np.load(one[k]), np.load(other[k])) for k in one)


def test_features_of_another_host_are_refused_by_name(cfg, tmp_path):
    """A folder that was copied over another's."""
    train(cfg)
    (folder,) = folders()
    description = (folder / 'made_by.json').read_text()
    checksum = description.split('"weights": "')[1][:8]
    (folder / 'made_by.json').write_text(description.replace(checksum, '0badc0de'))
    with pytest.raises(ValueError, match=r"made_by\.json has weights='0badc0de', but this"):
        train(cfg)


def test_draws_are_views_of_which_training_takes_one(cfg):
    data = cfg.train_dataloader.dataset
    data.draws = 3
    data.dataset.pipeline = cfg.train_pipeline  # It crops and flips at random.
    runner = train(cfg)
    dataset = runner.train_loop.dataloader.dataset
    views = np.load(dataset.path(0))
    assert views.shape == (3, 4, 16)
    assert not np.allclose(views[0], views[1]) and not np.allclose(views[1], views[2])
    taken = {dataset[0]['inputs'].numpy().tobytes() for _ in range(50)}
    assert taken == {view.tobytes() for view in views}
    # The same augmentations again, whatever the process drew before.
    torch.rand(5)
    again = hook.Clips(dataset, runner.seed)
    assert torch.equal(again[0], hook.Clips(dataset, runner.seed)[0])
    got = hook.features(runner.model, [again[0]])[0]
    np.testing.assert_allclose(got.numpy(), views, rtol=1e-4, atol=1e-5)


def test_rare_classes_can_be_repeated(cfg):
    data = cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(
        type='ClassBalancedDataset', oversample_thr=1.0, dataset=data
    )
    runner = train(cfg)
    assert len(runner.train_loop.dataloader.dataset) > TRAIN
    assert len(files(*folders())) == TRAIN + VAL


def test_bad_uses_are_named(cfg, motion, tmp_path):
    listed = (motion / 'val.txt').read_text().splitlines()[:VAL]
    data = cfg.val_dataloader.dataset.dataset
    data.indices = None
    (motion / 'twice.txt').write_text('\n'.join([*listed, listed[3]]))
    data.ann_file = 'twice.txt'
    name = listed[3].split('.')[0]
    with pytest.raises(ValueError, match=f"'{name}' is listed 2 times"):
        train(cfg)
    (motion / 'bad.txt').write_text('\n'.join([*listed, 'val/no_such_video.mp4 0']))
    data.ann_file = 'bad.txt'
    with pytest.raises(RuntimeError, match=r'bad\.txt:5: cannot read .*no_such_video'):
        train(cfg)
    data.update(ann_file='val.txt', indices=VAL)
    plain = copy.deepcopy(cfg)
    plain.model.backbone = plain.model.backbone.backbone
    with pytest.raises(TypeError, match='FrozenBackbone, got TimmVideoViT'):
        train(plain)
    cfg.custom_hooks = []
    with pytest.raises(RuntimeError, match="type='FeatureCacheHook'"):
        train(cfg)


def test_a_feature_that_is_not_finite_ends_the_run(cfg, tmp_path):
    state = torch.load(tmp_path / 'a.pth')
    state['norm.weight'][0] = torch.inf
    torch.save(state, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match='is not finite'):
        train(cfg)
    (folder,) = folders()
    assert not files(folder)
