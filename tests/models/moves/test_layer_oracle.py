"""A whole layer of every host, with any list of moves, against plain loops."""

import plain_moves
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from timm.layers import apply_rot_embed_cat
from timm.models.eva import EvaBlock
from timm.models.vision_transformer import Block

from projects.xvit.models.hosts import timm_vit, visformer, vit
from projects.xvit.models.moves import Clip, Layer, LayerMoves, set_moves

GRID = (2, 3)
N = 2


def make_vit(moves, heads, width):
    arch = dict(
        embed_dims=width, num_layers=1, num_heads=heads, feedforward_channels=2 * width
    )
    model = vit.VideoViT(
        arch, img_size=16, patch_size=8, moves=[moves], layer_scale_init_value=1.0
    )
    layer = model.layers[0]
    host = plain_moves.Host(
        heads,
        prefix=1,
        grid=GRID,
        norm1=layer.ln1,
        project=lambda x: layer.attn.qkv(x).chunk(3, dim=-1),
        out=lambda x: layer.attn.gamma1(layer.attn.proj(x)),
        mlp=lambda x: layer.ffn.gamma2(layer.ffn.layers(layer.ln2(x))),
    )
    return layer, host, lambda x, clip: model.run_layer(layer, x, clip)


def make_timm(moves, heads, width):
    """With a norm of queries and keys, and four registers."""
    layer = Block(width, heads, qk_norm=True, init_values=0.5, mlp_ratio=2)
    place = Layer(width, width, heads, has_class_token=True)
    set_moves(layer.attn, timm_vit.PlainAttention, LayerMoves(moves, place))
    attn = layer.attn

    def project(x):
        q, k, v = (z.unflatten(-1, (heads, -1)) for z in attn.qkv(x).chunk(3, dim=-1))
        return attn.q_norm(q).flatten(1), attn.k_norm(k).flatten(1), v.flatten(1)

    host = plain_moves.Host(
        heads,
        prefix=5,
        grid=GRID,
        norm1=layer.norm1,
        project=project,
        out=lambda x: layer.ls1(attn.proj(x)),
        mlp=lambda x: layer.ls2(layer.mlp(layer.norm2(x))),
    )
    return layer, host, lambda x, clip: timm_vit.TimmVideoViT.run_layer(layer, x, clip)


def make_eva(moves, heads, width):
    """With rotary embedding, and attention wider than the tokens."""
    inner = 2 * width
    layer = EvaBlock(
        width,
        heads,
        num_prefix_tokens=5,
        attn_head_dim=inner // heads,
        init_values=0.5,
        swiglu_mlp=True,
    )
    place = Layer(width, inner, heads, has_class_token=True)
    set_moves(layer.attn, timm_vit.EvaAttention, LayerMoves(moves, place))
    attn = layer.attn
    torch.nn.init.normal_(attn.q_bias)
    torch.nn.init.normal_(attn.v_bias)
    rope = torch.randn(GRID[0] * GRID[1], 2 * inner // heads, dtype=torch.float64)

    def rotate(x):
        heads_first = x.unflatten(-1, (heads, -1)).transpose(0, 1)
        turned = apply_rot_embed_cat(heads_first[None, :, 5:], rope)[0]
        return torch.cat([heads_first[:, :5], turned], dim=1).transpose(0, 1).flatten(1)

    def project(x):
        q, k, v = (x @ w.T for w in attn.qkv.weight.chunk(3))
        return rotate(q + attn.q_bias), rotate(k), v + attn.v_bias

    host = plain_moves.Host(
        heads,
        prefix=5,
        grid=GRID,
        norm1=layer.norm1,
        project=project,
        out=lambda x: layer.gamma_1 * attn.proj(x),
        mlp=lambda x: layer.gamma_2 * layer.mlp(layer.norm2(x)),
    )

    def run(x, clip):
        return timm_vit.TimmVideoViT.run_layer(layer, x, clip._replace(rope=rope))

    return layer, host, run


def make_visformer(moves, heads, width):
    arch = dict(init_channels=4, embed_dim=width, depth=(1, 1, 1), num_heads=heads)
    model = visformer.VideoVisformer(
        arch, img_size=32, moves=([moves], ()), group=1, num_frames=8
    )
    layer = model.stage2[0]

    def on_map(function):
        def on_tokens(x):
            image = x.T.unflatten(-1, GRID)[None].contiguous()
            return function(image)[0].flatten(1).T

        return on_tokens

    host = plain_moves.Host(
        heads,
        prefix=0,
        grid=GRID,
        norm1=on_map(layer.norm1),
        project=lambda x: on_map(layer.attn.qkv)(x).chunk(3, dim=-1),
        out=on_map(layer.attn.proj),
        mlp=on_map(lambda x: layer.mlp(layer.norm2(x))),
    )

    def run(x, clip):
        maps = x.transpose(1, 2).unflatten(-1, GRID)
        y = visformer._block(layer, maps, clip)
        return y.flatten(2).transpose(1, 2)

    return layer, host, run


HOSTS = dict(vit=make_vit, timm=make_timm, eva=make_eva, visformer=make_visformer)

shifts = st.fixed_dictionaries(
    dict(
        type=st.just('ChannelShift'),
        at=st.sampled_from(['stream', 'tokens', 'keys', 'values', 'keys_values', 'output']),
        offsets=st.lists(st.integers(-3, 3), max_size=4),
        div=st.integers(1, 8),
    ),
    optional=dict(
        per_head=st.booleans(),
        edge=st.sampled_from(['zero', 'keep']),
        span=st.sampled_from([None, 1, 2, 4]),
        tokens=st.sampled_from(['all', 'class', 'patches']),
    ),
)
leaps = st.builds(
    lambda level: dict(type='Leap', level=level), st.sampled_from([None, 'all', 1, 2, 3])
)
patches = st.builds(
    lambda pattern: dict(type='PatchShift', pattern=pattern),
    st.sampled_from([[[0, 1], [-1, 2]], [[-4, 1, 2], [-1, 0, 3], [-2, -3, 4]], [[1]]]),
)
summaries = st.builds(
    lambda span: dict(type='SummaryTokens', span=span), st.sampled_from([None, 2])
)
lists = st.lists(st.one_of(shifts, shifts, leaps, patches, summaries), max_size=5)


@pytest.mark.parametrize('host', HOSTS)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(
    moves=lists,
    num_frames=st.sampled_from([1, 2, 3, 4, 6, 8]),
    heads=st.sampled_from([1, 2, 4]),
    head_dims=st.sampled_from([2, 4, 8]),
)
def test_layer_equals_plain_loops(host, moves, num_frames, heads, head_dims):
    width = heads * head_dims
    place = Layer(width, width * (1 + (host == 'eva')), heads, host != 'visformer')
    try:
        LayerMoves(moves, place).check_frames(num_frames)
    except ValueError:
        assume(False)
    torch.manual_seed(0)
    layer, plain, run = HOSTS[host](moves, heads, width)
    layer.double().eval()
    tokens = plain.prefix + GRID[0] * GRID[1]
    x = torch.randn(N * num_frames, tokens, width, dtype=torch.float64, requires_grad=True)
    out = run(x, Clip(num_frames, GRID, plain.prefix))

    y = x.detach().clone().requires_grad_()
    clips = y.unflatten(0, (N, num_frames))
    expected = torch.stack(
        [frame for clip in clips for frame in plain_moves.layer(list(clip), moves, plain)]
    )
    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-10)

    weight = torch.randn_like(out)
    parameters = [p for p in layer.parameters() if p.requires_grad]
    ours = torch.autograd.grad((out * weight).sum(), [x, *parameters], allow_unused=True)
    theirs = torch.autograd.grad(
        (expected * weight).sum(), [y, *parameters], allow_unused=True
    )
    for a, b in zip(ours, theirs):
        zero = torch.zeros(1, dtype=torch.float64)
        a, b = (zero if g is None else g for g in (a, b))
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_a_layer_has_one_leap():
    place = Layer(8, 8, 2, has_class_token=True)
    with pytest.raises(ValueError, match='a layer can have only one Leap, got'):
        LayerMoves([dict(type='Leap', level=1), dict(type='Leap', level=2)], place)
    with pytest.raises(ValueError, match='a layer can have only one SummaryTokens, got'):
        LayerMoves([dict(type='SummaryTokens')] * 2, place)


@pytest.mark.parametrize(
    ('move', 'error', 'message'),
    [
        (dict(type='ChannelShift', at='query'), ValueError, "at must be one of .*'query'"),
        (dict(type='ChannelShift', at='keys', div=1), ValueError, 'div must be from 2'),
        (dict(type='ChannelShift', at='keys', div=9), ValueError, 'to 8 .* got 9'),
        (
            dict(type='ChannelShift', at='keys', div=5, per_head=True),
            ValueError,
            r'to 4 \(channels of a head\), got 5',
        ),
        (
            dict(type='ChannelShift', at='stream', tokens='class'),
            ValueError,
            "tokens='class' needs a class token",
        ),
        (
            dict(type='ChannelShift', at='keys', edge='wrap'),
            ValueError,
            'edge must be one of',
        ),
        (dict(type='Leap', level=0), ValueError, 'leap level'),
        (dict(type='PatchShift', pattern=[[0], [1, 2]]), ValueError, 'matrix of integers'),
        (
            dict(type='FrameAverageHead', num_classes=2, in_channels=4),
            TypeError,
            'of moves',
        ),
        ('Leap', TypeError, "lists of config dicts of moves, got 'Leap'"),
    ],
)
def test_moves_that_do_not_fit_are_refused(move, error, message):
    with pytest.raises(error, match=message):
        LayerMoves([move], Layer(8, 8, 2, has_class_token=False))


@pytest.mark.parametrize('moves', ['Leap', [dict(type='Leap', level=1)], 3])
def test_moves_are_a_list_for_each_layer(moves):
    with pytest.raises(TypeError, match='a list of lists, one per layer, got'):
        vit.VideoViT('base', img_size=16, moves=moves)


@pytest.mark.parametrize(
    ('move', 'frames', 'message'),
    [
        (dict(type='ChannelShift', at='keys', span=4), 6, 'multiple of span=4, got 6'),
        (dict(type='SummaryTokens', span=4), 6, 'multiple of span=4, got 6'),
        (dict(type='Leap', level=2), 6, 'divisible by 2 .. level = 4'),
    ],
)
def test_clips_that_moves_cannot_take_are_refused(move, frames, message):
    arch = dict(embed_dims=8, num_layers=2, num_heads=2, feedforward_channels=8)
    arguments = dict(arch=arch, img_size=16, patch_size=8, moves=[[], [move]])
    with pytest.raises(ValueError, match=message):
        vit.VideoViT(**arguments, num_frames=frames)
    model = vit.VideoViT(**arguments, num_frames=8)
    with pytest.raises(ValueError, match=message):
        model(torch.zeros(1, 3, frames, 16, 16))
