"""What verification says of checkpoints that fit, fit when resized, and do not."""

import copy
import re

import pytest
import torch
from mmengine.config import Config

from projects.xvit.analysis import build_recognizer
from projects.xvit.checkpoints.arguments import backbone_of
from projects.xvit.checkpoints.reshaped import in_words
from projects.xvit.checkpoints.safetensors_file import save_safetensors
from projects.xvit.checkpoints.verify import short_hash, verify

ARCH = dict(embed_dims=16, num_layers=1, num_heads=2, feedforward_channels=32)


def config(type='XViT', num_classes=5, **backbone):
    backbone = dict(type=type, arch=ARCH, img_size=32, num_frames=8) | backbone
    head = dict(type='FrameAverageHead', num_classes=num_classes, in_channels=16)
    return Config(dict(model=dict(type='Recognizer3D', backbone=backbone, cls_head=head)))


def swin(**backbone):
    cfg = config('TPSSwin', arch=dict(embed_dims=16, depths=[2], num_heads=[2]))
    cfg.model.backbone.update(window_size=4, **backbone)
    cfg.model.cls_head = dict(type='I3DHead', num_classes=5, in_channels=16)
    return cfg


def weights(cfg):
    return build_recognizer(cfg).state_dict()


def save(path, state_dict, cfg=None):
    meta = {} if cfg is None else dict(cfg=cfg.pretty_text)
    torch.save(dict(meta=meta, state_dict=state_dict), path)
    return path


@pytest.fixture
def check(tmp_path):
    """Problems and notes of weights (trained with a config) for a config."""

    def run(cfg, state_dict, trained=None, **options):
        report = verify(cfg, save(tmp_path / 'w.pth', state_dict, trained), **options)
        assert report.notes[0] == 'the name w.pth has no hash to check'
        return report.problems, report.notes[1:]

    return run


@pytest.mark.parametrize(
    'cfg', [config(), config('LAPSViT'), config(mix_span=8), swin(num_frames=16)]
)
def test_a_models_own_weights_fit(cfg, check):
    assert check(cfg, weights(cfg), cfg) == ([], [])


def test_timms_names_and_missing_counters_fit(check):
    cfg = config()
    state = weights(cfg)
    state['backbone.norm.weight'] = state.pop('backbone.ln1.weight')
    state['backbone.norm.bias'] = state.pop('backbone.ln1.bias')
    for key in [k for k in state if k.startswith('backbone.layers.0.ln1')]:
        name = key.rpartition('.')[2]
        state[f'backbone.blocks.0.norm1.{name}'] = state.pop(key)
    assert check(cfg, state) == ([], [])


def test_resized_position_embedding_is_a_problem_unless_allowed(check):
    words = (
        'the position embedding has 2 x 2 patches, the config 4 x 4: '
        'it will be resized by interpolation'
    )
    cfg = config(img_size=64)
    assert check(cfg, weights(config())) == ([words], [])
    assert check(cfg, weights(config()), allow_resize=True) == ([], [words])


@pytest.mark.parametrize('allow_resize', [True, False])
def test_another_number_of_temporal_entries_is_a_problem(check, allow_resize):
    state = weights(config())
    for frames in (16, 0):
        cfg = config(num_frames=16, temporal_embed_frames=frames)
        (problem,), _ = check(cfg, state, allow_resize=allow_resize)
        assert f'has 8 entries in the checkpoint, {frames} in the model' in problem
        assert 'temporal_embed_frames=8' in problem


def test_interpolating_the_temporal_embedding_is_asked_for_twice(check):
    cfg = config(num_frames=16, interpolate_temporal_embed=True)
    words = 'the temporal embedding has 8 entries, the config 16: it will be interpolated'
    assert check(cfg, weights(config())) == ([words], [])
    assert check(cfg, weights(config()), allow_resize=True) == ([], [words])


def test_tiling_the_temporal_embedding_resizes_nothing(check):
    tiled = config(num_frames=16, temporal_embed_frames=8)
    assert check(tiled, weights(config())) == ([], [])
    assert check(config(num_frames=16, mix_span=8), weights(config())) == ([], [])


def test_inflated_swin_weights_are_problems_unless_allowed(check):
    cfg = swin()
    state = weights(cfg)
    kernel = 'backbone.patch_embed.projection.weight'
    state[kernel] = state[kernel][:, :, 0]
    tables = [key for key in state if key.endswith('bias_table')]
    for key in tables:
        state[key] = state[key][:49]
    problems, notes = check(cfg, state, allow_resize=True)
    assert problems == [] and len(tables) == 2
    assert (
        f'{kernel} has the shape (16, 3, 4, 4), the config (16, 3, 2, 4, 4): '
        'it will be repeated over 2 frames and divided by 2'
    ) in notes
    assert sum('the table will be repeated 31 times' in note for note in notes) == 2
    assert check(cfg, state) == (notes, [])


def test_what_cannot_be_resized_is_a_problem(check):
    problems, _ = check(config(num_classes=7), weights(config()))
    for problem, name in zip(problems, ('weight', 'bias'), strict=True):
        assert problem.startswith(f'size mismatch for cls_head.fc_cls.{name}: ')


def test_missing_and_unexpected_keys_are_listed(check):
    cfg = config()
    state = weights(cfg)
    state['surplus'] = state.pop('backbone.cls_token')
    problems, _ = check(cfg, state)
    assert problems == [
        'unexpected key in source state_dict: surplus',
        'missing keys in source state_dict: backbone.cls_token',
    ]
    (problem,), _ = check(config(), weights(config('LAPSViT')))
    assert problem.startswith('missing keys') and problem.endswith(
        ': backbone.temporal_embed'
    )


@pytest.mark.parametrize('bad', [float('nan'), float('inf'), -float('inf')])
def test_nan_and_infinity_are_counted(bad, check):
    state = weights(config())
    state['backbone.pos_embed'][0, 1, :3] = bad
    (problem,) = check(config(), state)[0]
    assert problem == 'backbone.pos_embed has NaN or infinity in 3 of 80'


def test_methods_of_the_same_parameters_are_told_apart(check):
    laps, tps = config('LAPSViT'), config('TPSViT')
    del tps.model.backbone['num_frames']
    assert check(tps, weights(laps))[0] == []  # Without a config nothing tells.
    problems, _ = check(tps, weights(laps), trained=laps)
    assert problems == [
        "backbone.type: 'LAPSViT' in the checkpoint, 'TPSViT' in the config"
    ]


def test_arguments_without_parameters_are_compared(check):
    trained = config(mix_targets=['k', 'v'], init_cfg=dict(type='Pretrained'))
    cfg = config(mix_targets=('k', 'v'), window=2)
    problems, notes = check(cfg, weights(cfg), trained)
    assert problems == []
    assert notes == ['backbone.window: 1 in the checkpoint, 2 in the config']


def test_what_a_converted_file_means_is_compared(tmp_path):
    meta = dict(
        source='xvit',
        backbone=dict(type='XViT', shift_div=8, mix_span=None, temporal_embed_frames=8),
        cls_head=dict(type='FrameAverageHead', num_classes=5),
    )
    path = tmp_path / 'w.pth'
    torch.save(dict(meta=meta, state_dict=weights(config())), path)
    assert verify(config(shift_div=8), path).problems == []
    assert verify(config(mix_span=8), path).problems == [
        'backbone.mix_span: None in the checkpoint, 8 in the config',
        'backbone.shift_div: 8 in the checkpoint, 4 in the config',
    ]


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_hash_is_that_of_the_name(suffix, tmp_path):
    cfg = config()
    path = tmp_path / f'w{suffix}'
    if suffix == '.pth':
        save(path, weights(cfg))
    else:
        save_safetensors(path, weights(cfg), {})
    right = path.rename(tmp_path / f'model_20250101-{short_hash(path)}{suffix}')
    report = verify(cfg, right)
    assert report.problems == report.notes == []
    wrong = right.rename(tmp_path / f'model_20250101-deadbeef{suffix}')
    (problem,) = verify(cfg, wrong).problems
    assert 'its name says deadbeef' in problem and short_hash(wrong) in problem


def test_verification_changes_nothing():
    cfg = config()
    before = copy.deepcopy(cfg._cfg_dict)
    build_recognizer(cfg)
    assert cfg._cfg_dict == before


def test_config_text_is_parsed_not_run(tmp_path):
    cfg = config(leap_levels=[1, None, 'all'])
    backbone = backbone_of(cfg.pretty_text)
    assert backbone['type'] == 'XViT' and backbone['leap_levels'] == [1, None, 'all']
    assert backbone['arch'] == ARCH
    out = tmp_path / 'ran'
    assert backbone_of(f"model = dict(backbone=open({str(out)!r}, 'w'))") == {}
    assert not out.exists()


@pytest.mark.parametrize(
    'text', [None, 3, '', 'model = 1', 'model = dict()', 'not python', 'model = dict(x)']
)
def test_text_without_a_backbone_gives_none(text):
    assert backbone_of(text) == {}


@pytest.mark.parametrize(
    ('key', 'shape', 'expected', 'words'),
    [
        ('backbone.pos_embed2', (1, 5, 2, 2), (1, 5, 4, 4), r'2, 2\), .* interpolation'),
        ('pos_embed', (1, 256, 8), (1, 1024, 8), r'\(1, 256, 8\), .* by interpolation'),
        ('relative_position_bias_table', (49, 2), (169, 2), r'\(49, 2\).* be resized'),
        ('a.weight', (2,), (3,), r'a.weight has the shape \(2,\), the config \(3,\)'),
    ],
)
def test_other_resized_tensors_are_named_with_their_shapes(key, shape, expected, words):
    assert re.search(words, in_words(key, shape, expected))
