import pytest
import torch
from mmpretrain.models import SwinTransformer

from projects.xvit.checkpoints import convert_swin, convert_tps

ARCH = dict(embed_dims=4, depths=[1, 1], num_heads=[1, 2])


def build():
    return SwinTransformer(arch=ARCH, window_size=3, out_indices=(1,))


def microsoft_state():
    """Their names, random values, and their buffers and classifier."""
    state = {
        'patch_embed.proj.weight': (4, 3, 4, 4),
        'patch_embed.proj.bias': (4,),
        'patch_embed.norm.weight': (4,),
        'patch_embed.norm.bias': (4,),
        'layers.0.downsample.reduction.weight': (8, 16),
        'layers.0.downsample.norm.weight': (16,),
        'layers.0.downsample.norm.bias': (16,),
        'layers.0.blocks.0.attn_mask': (4, 9, 9),
        'norm.weight': (8,),
        'norm.bias': (8,),
        'head.weight': (10, 8),
        'head.bias': (10,),
    }
    for stage, (dims, heads) in enumerate([(4, 1), (8, 2)]):
        block = f'layers.{stage}.blocks.0'
        state[f'{block}.attn.relative_position_bias_table'] = (25, heads)
        state[f'{block}.attn.relative_position_index'] = (9, 9)
        linear = {
            'norm1': (dims,),
            'attn.qkv': (3 * dims, dims),
            'attn.proj': (dims, dims),
            'norm2': (dims,),
            'mlp.fc1': (4 * dims, dims),
            'mlp.fc2': (dims, 4 * dims),
        }
        for name, shape in linear.items():
            state[f'{block}.{name}.weight'] = shape
            state[f'{block}.{name}.bias'] = shape[:1]
    return {key: torch.randn(shape) for key, shape in state.items()}


def without_index(model):
    return {k for k in model.state_dict() if 'relative_position_index' not in k}


def test_names_are_mmpretrains():
    converted = convert_swin(microsoft_state())
    assert set(converted) == without_index(build())
    model = build()
    missing = model.load_state_dict(converted, strict=False).missing_keys
    assert all('relative_position_index' in key for key in missing)


@torch.no_grad()
def test_patch_merging_equals_microsofts():
    state = microsoft_state()
    model = build()
    model.load_state_dict(convert_swin(state), strict=False)
    x = torch.randn(2, 6, 8, 4)
    neighbours = [
        x[:, row::2, column::2] for row, column in ((0, 0), (1, 0), (0, 1), (1, 1))
    ]
    merged = torch.nn.functional.layer_norm(
        torch.cat(neighbours, dim=-1),
        (16,),
        state['layers.0.downsample.norm.weight'],
        state['layers.0.downsample.norm.bias'],
    )
    expected = merged @ state['layers.0.downsample.reduction.weight'].T
    result, size = model.stages[0].downsample(x.flatten(1, 2), (6, 8))
    assert size == (3, 4)
    torch.testing.assert_close(result, expected.flatten(1, 2))


def test_tps_has_a_backbone_and_a_head():
    state = {f'backbone.{k}': v for k, v in microsoft_state().items() if 'head' not in k}
    block = 'backbone.layers.1.blocks.0.attn'
    state[f'{block}.relative_position_index_old'] = torch.zeros(16, 9, 9)
    state['cls_head.fc_cls.weight'] = torch.randn(5, 8)
    converted = convert_tps(state)
    expected = {f'backbone.{key}' for key in without_index(build())}
    assert set(converted) == expected | {'cls_head.fc_cls.weight'}
    assert 'backbone.layers.0.blocks.0.norm1.weight' in state  # The input stays.


@pytest.mark.parametrize('convert', [convert_swin, convert_tps])
def test_unknown_keys_stay(convert):
    assert list(convert({'surplus.weight': torch.zeros(1)})) == ['surplus.weight']
