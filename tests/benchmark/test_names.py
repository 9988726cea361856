import torch
from toy_models import backbones, parameters

from projects.xvit.benchmark.models import METHODS, NAMES, build_backbone


def test_every_backbone_that_has_an_arch_by_default_has_a_name():
    named = {config['type'] for config in METHODS.values() if len(config) == 1}
    assert named == {cls.__name__ for cls in backbones() if 'arch' in parameters(cls)}
    assert set(METHODS) <= set(NAMES)


def test_names_are_those_of_method_image_model_and_size():
    for name, backbone in {
        'xvit-b': 'XViT',
        'laps-visformer-s': 'LAPSVisformer',
        'tps-swin-t': 'TPSSwin',
        'tokshift-vit-b': 'TokShiftViT',
        'video-vit-b': 'VideoViT',
    }.items():
        assert METHODS[name] == dict(type=backbone)


def test_a_stream_computes_the_last_frame_only():
    model = build_backbone('xvit-b-stream', num_frames=2, side=16).eval()
    features = [model(torch.zeros(1, 3, 2, 16, 16)) for _ in range(14)]
    assert [part.shape[1] for part in features] == [0] * 12 + [1] * 2
