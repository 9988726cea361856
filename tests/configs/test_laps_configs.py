"""Every LAPS config: its model, its pipelines, its optimizer, and short training."""

from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.registry import DATASETS, HOOKS, MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from projects.xvit.models.moves.channel_shift import ChannelShift
from projects.xvit.models.moves.leap import Leap

CONFIGS = Path(__file__).parents[2] / 'configs'
MOTION = ('laps_motion', 'laps_visformer_motion')
FULL = sorted(path.stem for path in CONFIGS.glob('laps_*k400*.py'))


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')


def load(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


def blocks_of(backbone):
    if hasattr(backbone, 'layers'):
        return backbone.layers
    return [*backbone.stage2, *backbone.stage3]


def levels_of(block):
    leaps = [module for module in block.modules() if isinstance(module, Leap)]
    return [leap.level for leap in leaps if leap.level]


def run(pipeline):
    """The shape that the pipeline makes from 300 frames, without decoding a file."""
    _, sample, _, *steps = pipeline
    info = Compose([sample])(dict(start_index=0, total_frames=300))
    frame = np.zeros((256, 340, 3), np.uint8)
    frames = [frame] * len(info['frame_inds'])
    info |= dict(imgs=frames, img_shape=(256, 340), modality='RGB', label=0)
    return tuple(Compose(steps)(info)['inputs'].shape)


NONE, LAPS = [None] * 8, [1, 2, 3, 1, 2, 3, 1, 2]
# A quarter of the channels from each neighbour, inside each head or across them.
INSIDE, ACROSS = [(4, True)], [(4, False)]


@pytest.mark.parametrize(
    ('name', 'levels', 'shift_of_each', 'size', 'frames', 'jitter', 'lr', 'batch'),
    [
        ('laps_k400', LAPS, INSIDE, 224, 8, 360, 0.2, 40),
        ('laps_base2d_k400', NONE, [], 224, 8, 360, 0.2, 40),
        ('laps_base3d_k400', ['all'] * 8, [], 224, 8, 360, 0.1, 20),
        ('laps_plain_shift_k400', NONE, ACROSS, 224, 8, 360, 0.2, 40),
        ('laps_p_shift_k400', NONE, INSIDE, 224, 8, 360, 0.2, 40),
        ('laps_leap_k400', LAPS, [], 224, 8, 360, 0.2, 40),
        ('laps_k400_32f', [1, 2, 3, 4, 5, 1, 2, 3], INSIDE, 320, 32, 480, 0.036, 4),
        ('laps_vit_k400', [1, 2, 3, 1] * 3, INSIDE, 224, 8, 360, 0.18, 18),
        ('laps_vit_k400_384', [1, 2, 3, 1] * 3, INSIDE, 384, 8, 512, 0.03, 3),
    ],
)
def test_kinetics(name, levels, shift_of_each, size, frames, jitter, lr, batch):
    cfg = load(name)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    assert [levels_of(block) for block in blocks_of(model.backbone)] == [
        [level] if level else [] for level in levels
    ]
    for block in blocks_of(model.backbone):
        shifts = [m for m in block.modules() if isinstance(m, ChannelShift)]
        assert [(shift.div, shift.per_head) for shift in shifts] == shift_of_each
    assert (model.cls_head.num_classes, model.cls_head.label_smooth_eps) == (400, 0.1)
    model.backbone.check_num_frames(frames)
    is_vit = 'vit' in name
    mean = [127.5] * 3 if is_vit else [255 * value for value in (0.486, 0.457, 0.407)]
    assert cfg.model.data_preprocessor.mean == pytest.approx(mean)

    for split, views in (('train', 1), ('val', 1), ('test', 30)):
        pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
        assert run(pipeline) == (views, 3, frames, size, size)
        if split == 'train':
            (rescale,) = [step for step in pipeline if step.type == 'RandomRescale']
            assert rescale.scale_range == (size, jitter)

    assert cfg.train_dataloader.batch_size == batch
    assert cfg.auto_scale_lr == dict(enable=False, base_batch_size=4 * batch)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    assert wrapper._accumulative_counts == 10
    assert wrapper.clip_grad_kwargs == dict(max_norm=1.0)
    (group,) = wrapper.optimizer.param_groups
    assert (group['lr'], group['momentum'], group['weight_decay']) == (lr, 0.9, 0)
    assert cfg.param_scheduler[0].milestones == [10, 15]
    hooks = [
        HOOKS.build({key: value for key, value in hook.items() if key != 'priority'})
        for hook in cfg.get('custom_hooks', [])
    ]
    assert [h.num_samples for h in hooks] == ([] if is_vit else [200 * 4 * batch])


@pytest.mark.parametrize('name', FULL)
def test_frames_of_the_test_clips(name):
    """Windows have 8 native frames per frame. Clip k of 10 starts at ``delta * k / 10``;
    past the end the video starts again. A single clip starts with the video."""
    cfg = load(name)
    count = cfg.model.backbone.get('num_frames', 8)
    window = 8 * count
    for split, clips in (('val', 1), ('test', 10)):
        sample = TRANSFORMS.build(cfg[f'{split}_dataloader'].dataset.pipeline[1])
        for total in (1, 30, 63, 64, 65, 100, 255, 256, 300, 1000):
            expected = []
            for k in range(clips):
                start = Fraction(max(total - window, 0) * k, clips)
                step = Fraction(window - 1, count - 1)
                expected += [floor(start + i * step) % total for i in range(count)]
            got = sample(dict(total_frames=total, start_index=0, avg_fps=25.0))
            assert got['frame_inds'].tolist() == expected


@pytest.mark.parametrize('name', FULL)
def test_colours_of_the_training_clips(name):
    """Four changes per clip, each with probability 0.1, before the clip is resized."""
    pipeline = load(name).train_dataloader.dataset.pipeline
    types = [step.type for step in pipeline]
    steps = pipeline[types.index('DecordDecode') + 1 : types.index('RandomRescale')]
    augment = Compose(steps)
    frame = np.full((4, 4, 3), (200, 100, 50), dtype=np.uint8)
    np.random.seed(0)
    changed = 0
    for _ in range(600):
        clip = augment(dict(imgs=[frame.copy() for _ in range(8)], clip_len=8))['imgs']
        assert (np.stack(clip) == clip[0][0, 0]).all()
        changed += not np.array_equal(clip[0], frame)
    assert abs(changed - 206) < 45  # 1 - 0.9 ** 4 of 600; standard deviation 11.6.


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_kinetics_data_set_reads_a_list(split, tmp_path):
    cfg = load('laps_k400')[f'{split}_dataloader'].dataset
    annotations = tmp_path / 'list.txt'
    annotations.write_text('abseiling/a.mp4 0\n')
    data = DATASETS.build(dict(cfg, ann_file=str(annotations)))
    folder = 'videos_train' if split == 'train' else 'videos_val'
    expected = f'data/kinetics400/{folder}/abseiling/a.mp4'
    assert data.get_data_info(0)['filename'] == expected
    assert data.test_mode is (split != 'train')


def motion_config(name, root, work_dir, batch_size=8):
    cfg = load(name)
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.update(batch_size=batch_size, num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(root)
    cfg.work_dir = str(work_dir)
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.log_level = 'ERROR'
    return cfg


@pytest.mark.parametrize('name', MOTION)
def test_motion_trains_and_recognizes(name, motion, tmp_path):
    cfg = motion_config(name, motion, tmp_path)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert 0 <= runner.test()['acc/top1'] <= 1
    weights = tmp_path / 'weights.pth'
    torch.save(runner.model.state_dict(), weights)
    model = init_recognizer(cfg, str(weights), device='cpu')
    result = inference_recognizer(model, str(motion / 'val/00000.mp4'))
    assert result.pred_score.shape == (8,)
    torch.testing.assert_close(result.pred_score.sum(), torch.tensor(1.0))


def test_precise_batch_norm_with_the_recognizer(motion, tmp_path):
    """After an epoch, the first BatchNorm has the mean of all batches' statistics."""
    cfg = motion_config('laps_visformer_motion', motion, tmp_path)
    cfg.train_dataloader.dataset.pipeline = cfg.val_dataloader.dataset.pipeline
    cfg.train_dataloader.sampler.shuffle = False
    hook = load('laps_k400').custom_hooks[0]
    cfg.custom_hooks = [dict(hook, num_samples=32)]
    runner = Runner.from_cfg(cfg)
    runner.train()
    model = runner.model
    conv, norm, _ = model.backbone.stem
    means, variances = [], []
    for batch in runner.train_dataloader:
        clips = model.data_preprocessor(batch, False)['inputs'].flatten(0, 1)
        maps = conv(clips.transpose(1, 2).flatten(0, 1))
        means.append(maps.mean((0, 2, 3)))
        variances.append(maps.transpose(0, 1).flatten(1).var(1))
    assert len(means) == 4
    torch.testing.assert_close(norm.running_mean, torch.stack(means).mean(0))
    torch.testing.assert_close(norm.running_var, torch.stack(variances).mean(0))
