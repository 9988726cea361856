"""X-ViT's Kinetics recipes: the frames of a clip, mixup with smoothed labels, views."""

import random
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from projects.xvit.analysis import without_weights

CONFIGS = Path(__file__).parents[2] / 'configs'
NAMES = ('xvit_k400', 'xvit_k400_8f', 'xvit_k600', 'xvit_k600_2x3')


def load(name):
    init_default_scope('mmaction')
    return Config.fromfile(CONFIGS / f'{name}.py')


LENGTHS = (1, 7, 50, 100, 214, 250, 256, 257, 300, 900)


def authors_frames(start, total, fps, num_frames):
    """``decoder.py``: 256 frames at 30 per second from ``start``, none past the last."""
    step = (256 * fps / 30 - 1) / (num_frames - 1)
    return [min(floor(start + i * step), total - 1) for i in range(num_frames)]


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('fps', [30, 25, 15, Fraction(30000, 1001)])
def test_test_clips_are_the_authors(name, fps):
    """Clip k of n starts at ``delta * k / n``; a single clip, at the start of the video."""
    cfg = load(name)
    num_frames = cfg.model.backbone.num_frames
    for split, clips in (('val', 1), ('test', 2 if '2x3' in name else 1)):
        sample = TRANSFORMS.build(cfg[f'{split}_dataloader'].dataset.pipeline[1])
        for total in LENGTHS:
            room = max(total - 256 * Fraction(fps) / 30, 0)
            expected = [
                authors_frames(room * k / clips, total, Fraction(fps), num_frames)
                for k in range(clips)
            ]
            video = dict(total_frames=total, start_index=0, avg_fps=float(fps))
            got = sample(video)['frame_inds'].reshape(clips, -1)
            assert got.tolist() == expected


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('fps', [30, 25])
def test_training_clips_are_the_authors(name, fps):
    """The start is a random real number that leaves room for the clip."""
    cfg = load(name)
    num_frames = cfg.model.backbone.num_frames
    np.random.seed(0)
    sample = TRANSFORMS.build(cfg.train_dataloader.dataset.pipeline[1])
    for total in LENGTHS:
        video = dict(total_frames=total, start_index=0, avg_fps=float(fps))
        room = max(total - 256 * Fraction(fps, 30), 0)
        drawn = [sample(dict(video))['frame_inds'].tolist() for _ in range(100)]
        for frames in drawn:
            low = authors_frames(frames[0], total, Fraction(fps), num_frames)
            high = authors_frames(frames[0] + 1, total, Fraction(fps), num_frames)
            assert all(a <= b <= c for a, b, c in zip(low, frames, high, strict=True))
        first = [frames[0] for frames in drawn]
        assert min(first) <= 0.1 * room and 0.9 * room - 1 <= max(first) <= room
        # Clips with the same first frame may have a second frame one later, because the
        # start lies between frames. Not if a step is exactly 17 frames.
        if room > 0 and (num_frames, fps) != (16, 30):
            assert len({tuple(frames) for frames in drawn}) > len(set(first))


@pytest.mark.parametrize(('name', 'clips'), [('xvit_k600', 1), ('xvit_k600_2x3', 2)])
def test_views(name, clips):
    pipeline = load(name).test_dataloader.dataset.pipeline
    video = dict(total_frames=300, start_index=0, avg_fps=30.0)
    frames = TRANSFORMS.build(pipeline[1])(video)['frame_inds'].reshape(clips, 16)
    starts = [0, 22][:clips]
    assert frames.tolist() == [[start + 17 * i for i in range(16)] for start in starts]
    assert [step.type for step in pipeline].count('ThreeCrop') == 1


@pytest.mark.parametrize('name', NAMES)
def test_training_crops_are_scaled_by_pillow(name):
    """A frame with bright lines far apart: OpenCV would skip some of them."""
    pipeline = load(name).train_dataloader.dataset.pipeline
    types = [step.type for step in pipeline]
    start, stop = types.index('MultiScaleCrop'), types.index('Flip')
    augment = Compose(pipeline[start:stop])
    lines = np.zeros((1344, 1344, 3), dtype=np.uint8)
    lines[::6] = 240
    for seed in range(10):
        random.seed(seed)
        (frame,) = augment(dict(imgs=[lines], img_shape=lines.shape[:2]))['imgs']
        assert frame.shape == (224, 224, 3)
        assert abs(frame.mean() - 40) < 4, 'every line counts'


@pytest.mark.parametrize('name', NAMES)
def test_mixup_of_smoothed_labels_is_the_authors_loss(name):
    """``lam * loss(p, a) + (1 - lam) * loss(p, b)``, each with label smoothing 0.3."""
    cfg = load(name)
    num_classes = 600 if 'k600' in name else 400
    assert cfg.train_dataloader.dataset.num_classes == num_classes
    preprocessor = MODELS.build(cfg.model.data_preprocessor)
    head = MODELS.build(without_weights(cfg.model.cls_head))
    labels = torch.tensor([0, 5, 5, num_classes - 1])
    clips = torch.arange(4, dtype=torch.uint8).view(4, 1, 1, 1, 1, 1) * 60
    data = dict(
        inputs=list(clips.expand(4, 1, 3, 2, 4, 4)),
        data_samples=[ActionDataSample().set_gt_label(int(label)) for label in labels],
    )
    torch.manual_seed(3)
    mixed = preprocessor(data, training=True)

    # The pixels show which share and which partners were drawn.
    torch.manual_seed(3)
    lam = torch.distributions.Beta(0.4, 0.4).sample()
    partners = torch.randperm(4)
    pixels = (clips.flatten() - 127.5) / 127.5
    torch.testing.assert_close(
        mixed['inputs'][:, 0, 0, 0, 0, 0], lam * pixels + (1 - lam) * pixels[partners]
    )
    assert 0.01 < lam < 0.99 and (partners != torch.arange(4)).any()

    scores = torch.randn(4, num_classes)
    loss = head.loss_by_feat(scores, mixed['data_samples'])['loss_cls']

    def smoothed(target):
        log = F.log_softmax(scores, dim=-1)
        nll = -log.gather(1, target[:, None])[:, 0]
        return (0.7 * nll - 0.3 * log.mean(-1)).mean()

    expected = lam * smoothed(labels) + (1 - lam) * smoothed(labels[partners])
    torch.testing.assert_close(loss, expected)


def test_what_is_tested_is_not_mixed():
    preprocessor = MODELS.build(load('xvit_k400').model.data_preprocessor)
    sample = ActionDataSample().set_gt_label(3)
    data = dict(inputs=[torch.zeros(3, 3, 2, 4, 4)], data_samples=[sample])
    assert preprocessor(data)['data_samples'][0].gt_label.tolist() == [3]


def test_weight_decay():
    """1e-5, but 0 for the biases of the classifier's MLP."""
    cfg = load('xvit_k600')
    del cfg.model.data_preprocessor  # It draws numbers, which fails on the meta device.
    with torch.device('meta'):
        model = MODELS.build(without_weights(cfg.model))
    names = {id(value): key for key, value in model.named_parameters()}
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    decay = {
        names[id(value)]: group['weight_decay']
        for group in optimizer.param_groups
        for value in group['params']
    }
    kept = {key for key, value in decay.items() if value == 0}
    assert kept == {f'cls_head.{n}.bias' for n in ('norm', 'fc_hidden', 'fc_cls')}
    assert {decay[key] for key in decay.keys() - kept} == {1e-5}
    group = optimizer.param_groups[0]
    assert (group['lr'], group['momentum'], group['nesterov']) == (0.03, 0.9, True)
