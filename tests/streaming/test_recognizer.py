"""A frame's scores are those of the head on the last frames' features."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmaction.models import Recognizer3D
from mmengine.registry import init_default_scope
from test_stream import ARCH, SETTINGS, clips, relative_error, scrambled

from projects.xvit.streaming import StreamRecognizer

HEADS = {
    'attention': dict(type='TemporalAttentionHead', num_heads=2, hidden_channels=8),
    'average': dict(type='FrameAverageHead'),
}


def recognizer(head='attention', offsets=(1, -1), **model):
    init_default_scope('mmaction')
    move = dict(type='ChannelShift', at='keys_values', offsets=offsets, div=8)
    backbone = dict(type='VideoViT', arch=ARCH, img_size=16, patch_size=8, moves=[[move]])
    head = dict(HEADS[head], num_classes=5, in_channels=16)
    return scrambled(Recognizer3D(**dict(backbone=backbone, cls_head=head) | model))


def expected(model, clip, window):
    """The scores of a clip's frames, ``(N, T, num_classes)``, frame by frame."""
    features = model.backbone(clip)
    ends = range(1, clip.shape[2] + 1)
    scores = [model.cls_head(features[:, max(0, end - window) : end]) for end in ends]
    return torch.stack(scores, dim=1)


@pytest.mark.parametrize('head', HEADS)
@SETTINGS
@given(data=st.data())
@torch.no_grad()
def test_scores_are_those_of_the_head_on_the_window(head, data):
    torch.manual_seed(0)
    model = recognizer(head, data.draw(st.sampled_from([(1, -1), (-1,), (-1, -2)])))
    window = data.draw(st.integers(1, 5), 'window')
    steps = data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=5), 'steps')
    clip = clips(model.backbone, 2, sum(steps))
    stream, parts, numbers = StreamRecognizer(model, window), [], []
    for frames in clip.split(steps, dim=2):
        parts.append(stream.step(frames))
        numbers += stream.finished[0].tolist()
        if data.draw(st.booleans(), 'saved'):
            state = stream.state_dict()
            stream = StreamRecognizer(model, window)
            stream.load_state_dict(state)
    assert sum(part.shape[1] for part in parts) == max(0, sum(steps) - stream.delay)
    parts.append(stream.flush())
    assert numbers + stream.finished[0].tolist() == list(range(sum(steps)))
    assert relative_error(torch.cat(parts, 1), expected(model, clip, window)) < 1e-12


@pytest.mark.parametrize('offsets', [(1, -1), (-1,)])
@torch.no_grad()
def test_a_stream_of_a_batch_starts_anew(offsets):
    model, window = recognizer(offsets=offsets), 3
    clip = clips(model.backbone, 2, 12)
    stream, scores = StreamRecognizer(model, window), {}

    def collect(part):
        for number, score in zip(stream.finished[1].tolist(), part[1]):
            if number < 0:
                assert score.isnan().all()
            scores[number] = score

    for t, frame in enumerate(clip.split(1, dim=2)):
        if t == 5:
            stream.reset([1])
            scores.clear()
        collect(stream.step(frame))
    collect(stream.flush())
    found = torch.stack([scores[number] for number in range(7)])
    assert relative_error(found, expected(model, clip[1:, :, 5:], window)[0]) < 1e-12


@torch.no_grad()
def test_a_new_video_after_flush_or_reset_knows_nothing_of_the_last():
    model = recognizer(offsets=(-1,))
    stream, clip = StreamRecognizer(model, 4), clips(model.backbone, 1, 6)
    first = stream.step(clip)
    stream.flush()
    assert torch.equal(stream.step(clip), first)
    stream.reset()
    assert torch.equal(stream.step(clip), first)


@torch.no_grad()
def test_state_does_not_grow():
    model = recognizer()
    stream, sizes = StreamRecognizer(model, 4), set()
    stream.step(clips(model.backbone, 1, 4))  # The first features come after the delay.
    for _ in range(20):
        stream.step(clips(model.backbone, 1, 2))
        sizes.add(stream.megabytes)
    assert len(sizes) == 1 and sizes.pop() > stream.stream.megabytes


@torch.no_grad()
def test_inner_frames_are_for_training_only():
    """The neck cuts frames that lack neighbours in a clip; in the stream they have them."""
    model = recognizer(offsets=(-1,), neck=dict(type='InnerFrames', before=3))
    clip = clips(model.backbone, 1, 5)
    scores = StreamRecognizer(model, 2).step(clip)
    whole = model(clip[:, None], stage='head')
    assert relative_error(scores[:, -1], whole) < 1e-12


MULTI = dict(
    type='MultiTaskHead',
    trunk=dict(type='FrameAverageHead', in_channels=16),
    num_classes=dict(verb=2, noun=3),
)


@pytest.mark.parametrize(
    ('model', 'window', 'error', 'message'),
    [
        (lambda: recognizer(), 0, ValueError, 'window must be at least 1, got 0'),
        (lambda: recognizer().train(), 2, ValueError, 'evaluation mode'),
        (lambda: recognizer(cls_head=MULTI), 2, TypeError, 'one vector of scores'),
        (
            lambda: recognizer(neck=dict(HEADS['average'], num_classes=5, in_channels=16)),
            2,
            TypeError,
            'InnerFrames or none, got FrameAverageHead',
        ),
    ],
)
def test_models_that_cannot_stream_are_refused(model, window, error, message):
    with pytest.raises(error, match=message):
        StreamRecognizer(model(), window)
