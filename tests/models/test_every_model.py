"""Every method, and every host with several lists of moves: compiled, exported, recomputed.

Every registered host and method is tested; see ``toy_models``.
"""

import pytest
import torch
from toy_models import CLIPS, DROPS, backbones, has_moves, of_image_model, stir, toy

from projects.xvit.models import TimmVideoViT, VideoVisformer

SHIFT = dict(type='ChannelShift', div=4)
# One list per layer: one with moves of keys and values, one with moves of the tokens.
MOVES = {
    'mixing and leaping': [
        [dict(SHIFT, at='keys_values', span=4)],
        [
            dict(type='Leap', level=1),
            dict(SHIFT, at='values', offsets=(1, -1, 2, -2)),
            dict(SHIFT, at='output', per_head=True),
        ],
    ],
    'patches and streams': [
        [
            dict(type='PatchShift'),
            dict(SHIFT, at='tokens', per_head=True, edge='keep', tokens='patches'),
        ],
        [
            dict(SHIFT, at='stream'),
            dict(type='SummaryTokens'),
            dict(type='Leap', level='all'),
        ],
    ],
}
# timm's models beyond a plain ViT: rotary embedding, registers, other pooling.
TIMM = {
    'EVA-02': dict(model_name='eva02_tiny_patch14_224'),
    'DINOv3': dict(model_name='vit_small_patch16_dinov3'),
    'DINOv2 with registers': dict(model_name='vit_small_patch14_reg4_dinov2'),
    'SigLIP': dict(model_name='vit_base_patch16_siglip_224'),
}


def cases():
    """``(id, backbone, options)``."""
    for backbone in backbones():
        name = backbone.__name__
        yield name, backbone, {}
        variants = {name: {}}
        if backbone is TimmVideoViT:
            variants |= {f'{name} {kind}': options for kind, options in TIMM.items()}
        for kind, options in variants.items():
            for moved, moves in MOVES.items() if has_moves(backbone) else ():
                if issubclass(backbone, VideoVisformer):
                    moves = (moves, moves[::-1])
                yield f'{kind}, {moved}', backbone, options | dict(moves=moves)


def each(*marks):
    """Every case. The marks apply to cases with moves that no method has."""
    return pytest.mark.parametrize(
        ('backbone', 'options'),
        [
            pytest.param(backbone, options, id=name, marks=marks if options else ())
            for name, backbone, options in cases()
        ],
    )


every_model = each()
traced_model = each(pytest.mark.slow)


def build(backbone, options):
    """In float64, where the order of sums does not matter."""
    model = toy(backbone, **options).double()
    stir(model)
    return model.eval()


def clips(count=CLIPS[0]):
    return torch.randn(count, *CLIPS[1:], dtype=torch.float64)


def error(out, ref):
    return ((out - ref).norm() / ref.norm()).item()


@traced_model
@pytest.mark.usefixtures('fresh_compiler')
def test_compiles_into_one_graph(backbone, options):
    model = build(backbone, options)
    compiled = torch.compile(model, fullgraph=True, dynamic=False, backend='aot_eager')
    x = clips()
    with torch.no_grad():
        assert error(compiled(x), model(x)) < 1e-12
    # Training compiles another graph.
    parameters = list(model.parameters())
    y = model(x)
    weights = torch.randn_like(y)
    eager = torch.autograd.grad((y * weights).sum(), parameters)
    fused = torch.autograd.grad((compiled(x) * weights).sum(), parameters)
    assert error(*(torch.cat([g.flatten() for g in z]) for z in (fused, eager))) < 1e-10


@traced_model
@torch.no_grad()
def test_exports_for_any_number_of_clips(backbone, options):
    model = build(backbone, options)
    batch = torch.export.Dim('batch', min=1, max=16)
    program = torch.export.export(model, (clips(),), dynamic_shapes=({0: batch},)).module()
    for count in (1, 2, 3):
        x = clips(count)
        assert error(program(x), model(x)) < 1e-12


@every_model
def test_recomputing_changes_not_a_bit(backbone, options):
    """With dropout and drop path, from the same seed: outputs, gradients, BatchNorms."""
    drops = options | of_image_model(DROPS, backbone)
    plain = toy(backbone, **drops).train()
    recomputed = toy(backbone, **drops, with_cp=True).train()
    recomputed.load_state_dict(plain.state_dict())
    x = torch.randn(CLIPS)
    results = []
    for model in (plain, recomputed):
        torch.manual_seed(1)
        y = model(x)
        y.square().mean().backward()
        gradients = [p.grad for p in model.parameters()]
        results.append([y, *gradients, *model.state_dict().values()])
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)
    assert sum(g.abs().sum() for g in gradients).isfinite()
    torch.manual_seed(2)
    assert not torch.equal(plain(x), results[0][0])  # Something was dropped.


@every_model
def test_recomputing_keeps_less(backbone, options):
    kept = {}
    for with_cp in (False, True):
        model, sizes = toy(backbone, **options, with_cp=with_cp).train(), []
        pack = lambda tensor, sizes=sizes: sizes.append(tensor.numel()) or tensor
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            model(torch.randn(CLIPS))
        kept[with_cp] = sum(sizes)
    assert kept[True] < 0.7 * kept[False]
