"""A stream's features are the whole clip's, however the clip is cut into steps."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from projects.xvit.models import (
    LAPSViT,
    TimmVideoViT,
    TokShiftViT,
    TPSSwin,
    VideoVisformer,
    VideoViT,
    XViT,
)
from projects.xvit.streaming import Stream

ARCH = dict(embed_dims=16, num_layers=3, num_heads=2, feedforward_channels=32)
TIMM = dict(img_size=16, patch_size=8, embed_dim=24, depth=2, num_heads=2)
VISFORMER = dict(embed_dim=16, init_channels=4, depth=(1, 2, 1), num_heads=2)
HOSTS = {
    'vit': lambda moves: VideoViT(
        ARCH, 16, 8, num_frames=6, moves=moves, temporal_embed_frames=3
    ),
    'timm': lambda moves: TimmVideoViT(
        'vit_tiny_patch16_224', num_frames=6, moves=moves, **TIMM
    ),
    'eva': lambda moves: TimmVideoViT(
        'vit_small_patch16_dinov3', num_frames=6, moves=moves, **TIMM
    ),
    'visformer': lambda moves: VideoVisformer(VISFORMER, 32, 6, moves=(moves, moves)),
}
shifts = st.fixed_dictionaries(
    dict(
        type=st.just('ChannelShift'),
        at=st.sampled_from(['stream', 'tokens', 'keys', 'values', 'keys_values', 'output']),
        offsets=st.lists(st.integers(-3, 3), max_size=3),
        div=st.sampled_from([3, 4]),
        per_head=st.booleans(),
        edge=st.sampled_from(['zero', 'keep']),
        span=st.sampled_from([None, None, 2, 3]),
        tokens=st.sampled_from(['all', 'all', 'patches', 'class']),
    )
)
lists = st.lists(st.lists(shifts, max_size=3), max_size=3)
SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=list(HealthCheck),
)


def relative_error(found, expected):
    assert found.shape == expected.shape
    return ((found - expected).norm() / expected.norm()).item()


def scrambled(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model.double().eval()


def clips(model, num_streams, num_frames):
    side = 32 if isinstance(model, VideoVisformer) else 16
    return torch.randn(num_streams, 3, num_frames, side, side, dtype=torch.float64)


@pytest.mark.parametrize('host', HOSTS)
@SETTINGS
@given(data=st.data())
@torch.no_grad()
def test_equals_the_whole_clip(host, data):
    torch.manual_seed(0)
    moves = data.draw(lists, 'moves')
    if host == 'visformer':
        moves = [[m for m in layer if m['tokens'] != 'class'] for layer in moves]
    model = scrambled(HOSTS[host](moves))
    steps = data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=6), 'steps')
    x = clips(model, 2, 6 * -(-sum(steps) // 6))
    steps.append(x.shape[2] - sum(steps))
    stream, parts = Stream(model), []
    for frames in x.split(steps, dim=2):
        if frames.shape[2]:
            parts.append(stream.step(frames))
        if data.draw(st.booleans(), 'saved'):
            state = stream.state_dict()
            stream = Stream(model)
            stream.load_state_dict(state)
    late = x.shape[2] - sum(part.shape[1] for part in parts)
    assert late == min(stream.delay, x.shape[2])
    parts.append(stream.flush())
    assert relative_error(torch.cat(parts, 1), model(x)) < 1e-12


@torch.no_grad()
def test_float32():
    model = XViT(ARCH, 16, 8, num_frames=8).eval()
    x = clips(model, 1, 24).float()
    stream = Stream(model)
    parts = [stream.step(frames) for frames in x.split(1, dim=2)] + [stream.flush()]
    assert relative_error(torch.cat(parts, 1), model(x)) < 1e-6


@SETTINGS
@given(data=st.data())
@torch.no_grad()
def test_streams_of_a_batch_start_at_different_frames(data):
    torch.manual_seed(0)
    model = scrambled(XViT(ARCH, 16, 8, num_frames=8, window=data.draw(st.integers(1, 2))))
    starts = data.draw(st.lists(st.integers(0, 6), min_size=3, max_size=3), 'starts')
    x = clips(model, 3, 12)
    stream = Stream(model)
    features = [{} for _ in starts]

    def collect(part):
        for n, times in enumerate(stream.finished.tolist()):
            for i, time in enumerate(times):
                if time >= 0:
                    features[n][time] = part[n, i]
                else:
                    assert part[n, i].isnan().all()

    for t in range(12):
        late = [n for n, start in enumerate(starts) if start == t > 0]
        if late:
            stream.reset(late)
            for n in late:
                features[n].clear()
        collect(stream.step(x[:, :, t : t + 1]))
    collect(stream.flush())
    for n, start in enumerate(starts):
        expected = model(x[n : n + 1, :, start:])[0]
        found = torch.stack([features[n][t] for t in range(12 - start)])
        assert relative_error(found, expected) < 1e-12


@pytest.mark.parametrize(
    ('options', 'delay'),
    [
        (dict(), 3),
        (dict(window=2), 6),
        (dict(window=0), 0),
        (dict(mix_targets=('x', 'k')), 6),
    ],
)
def test_delay(options, delay):
    assert (
        Stream(XViT(ARCH, 16, 8, num_frames=8, shift_div=8, **options).eval()).delay
        == delay
    )


@torch.no_grad()
def test_a_frame_costs_what_the_image_model_costs():
    def cost(run):
        with FlopCounterMode(display=False) as counter:
            run()
        return counter.get_total_flops()

    model = XViT(ARCH, 16, 8, num_frames=8).eval()
    image = VideoViT(ARCH, 16, 8, num_frames=1).eval()
    stream, frame = Stream(model), clips(model, 1, 1).float()
    for _ in range(2 * stream.delay):
        assert cost(lambda: stream.step(frame)) == cost(lambda: image(frame)) > 0


@pytest.mark.parametrize('how', ['compile', 'export'])
@torch.no_grad()
def test_a_step_is_one_graph_of_the_state(how, fresh_compiler):
    model = scrambled(XViT(ARCH, 16, 8, num_frames=8, temporal_embed_frames=8))
    stream = Stream(model)
    stream.step(clips(model, 2, 3))
    state = stream.state_dict()
    new_times = torch.arange(3, 5).expand(2, 2)
    inputs = clips(model, 2, 2), new_times, state['times'], state['buffers']
    expected = stream.advance(*inputs)
    if how == 'compile':
        run = torch.compile(stream.advance, fullgraph=True, backend='aot_eager')
    else:
        run = torch.export.export(stream.advance, inputs).module()
    found = run(*inputs)
    torch.testing.assert_close(found, expected, equal_nan=True)


@torch.no_grad()
def test_state_does_not_grow():
    model = XViT(ARCH, 16, 8, num_frames=8).eval()
    stream, sizes = Stream(model), set()
    for _ in range(50):
        stream.step(clips(model, 1, 3).float())
        sizes.add(stream.megabytes)
    assert len(sizes) == 1 and sizes.pop() > 0


def test_state_goes_through_a_file(tmp_path):
    model = XViT(ARCH, 16, 8, num_frames=8).eval()
    x = clips(model, 1, 8).float()
    stream, again = Stream(model), Stream(model)
    stream.step(x[:, :, :5])
    torch.save(stream.state_dict(), tmp_path / 'state.pth')
    again.load_state_dict(torch.load(tmp_path / 'state.pth', weights_only=True))
    assert torch.equal(again.step(x[:, :, 5:]), stream.step(x[:, :, 5:]))


@torch.no_grad()
def test_tokshift_streams():
    model = scrambled(TokShiftViT(ARCH, 16, 8))
    x = clips(model, 1, 9)
    stream = Stream(model)
    parts = [stream.step(frames) for frames in x.split(2, dim=2)] + [stream.flush()]
    assert relative_error(torch.cat(parts, 1), model(x)) < 1e-12


@pytest.mark.parametrize(
    ('model', 'error', 'message'),
    [
        (lambda: LAPSViT(ARCH, 16, 8).eval(), ValueError, 'Leap reads the whole clip'),
        (
            lambda: XViT(ARCH, 16, 8, summary_tokens=True).eval(),
            ValueError,
            'SummaryTokens reads the whole clip',
        ),
        (
            lambda: VideoViT(ARCH, 16, 8, moves=[[dict(type='PatchShift')]]).eval(),
            ValueError,
            'PatchShift reads the whole clip',
        ),
        (lambda: XViT(ARCH, 16, 8), ValueError, 'evaluation mode'),
        (lambda: torch.nn.Identity().eval(), TypeError, 'got Identity'),
        (
            lambda: TPSSwin(
                dict(embed_dims=16, depths=[2], num_heads=[2]), 32, 8, window_size=2
            ).eval(),
            TypeError,
            'got TPSSwin',
        ),
    ],
)
def test_models_that_cannot_stream_are_refused(model, error, message):
    with pytest.raises(error, match=message):
        Stream(model())


def test_bad_steps_are_named():
    stream = Stream(XViT(ARCH, 16, 8).eval())
    with pytest.raises(ValueError, match='needs a step'):
        stream.flush()
    with pytest.raises(ValueError, match=r'\(N, 3, t, H, W\)'):
        stream.step(torch.zeros(1, 3, 0, 16, 16))
    with pytest.raises(ValueError, match='patch_size=8, got 12 x 16'):
        stream.step(torch.zeros(1, 3, 2, 12, 16))
    stream.step(torch.zeros(1, 3, 2, 16, 16))
    with pytest.raises(ValueError, match=r'\(1, 16, 16\) .* got \(2, 16, 16\)'):
        stream.step(torch.zeros(2, 3, 2, 16, 16))
