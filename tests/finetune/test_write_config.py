"""The written config is a config, for every recipe here."""

from pathlib import Path

import pytest
from config_names import CONFIGS, STEPS
from mmengine.config import Config

from projects.xvit.finetune.base_config import check_base, dataset_of
from projects.xvit.finetune.config_template import code
from projects.xvit.finetune.write_config import Task, config_text


def is_plain(name):
    """One of a kind: an ablation or a toy model changes nothing that matters here."""
    toy = name.endswith('_motion') and name != 'xvit_motion'
    return 'ablation' not in name and not toy


NAMES = [case for case in STEPS if is_plain(getattr(case, 'values', [case])[0])]
CLASSES = ["it's left", 'right "hand"', 'ähm, \\ up']


def written(path, tmp_path, **changes):
    cfg = Config.fromfile(path)
    check_base(cfg, path.name)
    task = dict(
        base=path,
        root=Path('/videos, mine'),
        work_dir=tmp_path,
        classes=CLASSES,
        multi_label=False,
        num_train=30,
        test_list='val.txt',
        balance=None,
        weights=None,
        epochs=None,
        processes=2,
        seed=3,
    )
    file = tmp_path / 'config.py'
    file.write_text(config_text(cfg, Task(**task | changes)), encoding='utf-8')
    return cfg, Config.fromfile(file)


@pytest.mark.parametrize('name', NAMES)
def test_every_recipe_is_rewritten_or_refused(name, tmp_path):
    path = CONFIGS / f'{name}.py'
    if 'epic' in name:
        with pytest.raises(ValueError, match='does not classify videos into one set'):
            written(path, tmp_path)
        return
    old, new = written(path, tmp_path)
    assert new.model.cls_head.num_classes == 3
    for loader, ann in (('train', 'train.txt'), ('val', 'val.txt'), ('test', 'val.txt')):
        data, where = dataset_of(new, f'{loader}_dataloader')
        cached = old[f'{loader}_dataloader'].dataset.type == 'CachedFeatures'
        assert where.endswith('.dataset.dataset') == cached
        if cached:
            assert new[f'{loader}_dataloader'].dataset.type == 'CachedFeatures'
        assert data.type == 'CheckedVideoDataset' and data.ann_file == ann
        assert data.data_prefix == dict(video='/videos, mine')
        assert data.metainfo.classes == CLASSES and data.num_classes == 3
        before, _ = dataset_of(old, f'{loader}_dataloader')
        assert len(data.pipeline) == len(before.pipeline)
    size = new.train_dataloader.batch_size
    assert 2 * size <= 30
    ratio = new.train_cfg.max_epochs / old.train_cfg.max_epochs
    assert new.train_cfg.max_epochs * (30 // (2 * size)) >= 1000
    for one, other in zip(old.param_scheduler, new.param_scheduler):
        for key in ('begin', 'end', 'T_max'):
            if key in one:
                assert other[key] == pytest.approx(one[key] * ratio, rel=1e-3)
    # The rate follows the clips of one step of the optimizer.
    times = old.optim_wrapper.get('accumulative_counts', 1)
    base = old.auto_scale_lr.base_batch_size * times
    assert new.auto_scale_lr == dict(enable=True, base_batch_size=base)
    assert new.optim_wrapper.get('accumulative_counts', 1) == 1
    data, _ = dataset_of(new, 'train_dataloader')
    flips = [step for step in data.pipeline if 'Flip' in step.type]
    assert all(step.fixed_labels == [0, 1] for step in flips)
    blending = new.model.data_preprocessor.get('blending')
    assert blending is None or blending.num_classes == 3


def test_several_labels_get_their_loss_metric_and_scores(tmp_path):
    _, cfg = written(CONFIGS / 'xvit_k400.py', tmp_path, multi_label=True)
    head = cfg.model.cls_head
    assert (head.type, head.head) == ('MultiLabelHead', 'TemporalAttentionHead')
    assert head.loss_cls == dict(type='BCELossWithLogits')
    assert cfg.train_dataloader.dataset.multi_class
    assert cfg.val_evaluator.metric_list == ('mean_average_precision',)
    assert cfg.default_hooks.checkpoint.save_best == 'acc/mean_average_precision'
    (flip,) = [s for s in cfg.train_dataloader.dataset.pipeline if s.type == 'Flip']
    assert flip.flip_ratio == 0


def test_a_written_config_can_be_fine_tuned_again(tmp_path):
    written(CONFIGS / 'xvit_motion.py', tmp_path, multi_label=True)
    (tmp_path / 'again').mkdir()
    again = (tmp_path / 'config.py', tmp_path / 'again')
    _, cfg = written(*again, multi_label=True, classes=['a', 'b'])
    assert cfg.model.cls_head.head == 'TemporalAttentionHead' and cfg.num_classes == 2
    with pytest.raises(ValueError, match='no video here has several'):
        written(*again)


def test_weights_replace_those_of_the_image_model(tmp_path):
    path = CONFIGS / 'xvit_ssv2_8f.py'
    old, cfg = written(path, tmp_path, weights=tmp_path / 'weights.pth', epochs=7)
    assert old.model.backbone.init_cfg and cfg.model.backbone.init_cfg is None
    assert cfg.load_from == str(tmp_path / 'weights.pth')
    assert cfg.train_cfg.max_epochs == 7


def test_rare_classes_are_repeated(tmp_path):
    _, cfg = written(
        CONFIGS / f'{NAMES[0]}.py', tmp_path, balance=0.2, test_list='test.txt'
    )
    data = cfg.train_dataloader.dataset
    assert data.type == 'ClassBalancedDataset' and data.oversample_thr == 0.2
    assert data.dataset.ann_file == 'train.txt'
    assert cfg.test_dataloader.dataset.ann_file == 'test.txt'


def test_a_config_without_this_plugin_gets_what_resuming_needs(tmp_path):
    plain = Path(Config._get_cfg_path(TIMESFORMER, '')[0])
    _, cfg = written(plain, tmp_path)
    assert cfg.custom_imports.imports == ['projects.xvit', 'projects.xvit.engine']
    assert cfg.default_hooks.checkpoint.type == 'AtomicCheckpointHook'
    assert cfg.default_hooks.sampler_seed.type == 'EpochSeedHook'


TIMESFORMER = (
    'mmaction::recognition/timesformer/timesformer_divST_8xb8-8x32x1-15e_kinetics400-rgb.py'
)


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        (
            'skeleton/stgcn/stgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-2d.py',
            'video files',
        ),
        (
            'localization/bmn/bmn_2xb8-400x100-9e_activitynet-feature.py',
            'one set of classes',
        ),
    ],
)
def test_other_tasks_are_refused(name, message, tmp_path):
    path = Path(Config._get_cfg_path(f'mmaction::{name}', '')[0])
    with pytest.raises(ValueError, match=message):
        written(path, tmp_path)


def test_values_are_written_as_source():
    value = dict(a=[1, (2,), (3, 'x'), ()], b={'x y': None}, c="it's")
    assert eval(code(value)) == value
    assert code(dict(a=1)) == 'dict(a=1)'
