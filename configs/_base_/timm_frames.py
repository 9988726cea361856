# The steps after sampling at 224 x 224, for image models of timm. Frames are resized with
# Pillow and the interpolation of timm's own configs. That is the same for all image models
# of these configs, see tests/configs/test_image_models.py.
_base_ = []

from timm.models import get_pretrained_cfg  # noqa: E402

interpolation = get_pretrained_cfg('vit_base_patch16_dinov3').interpolation

init = dict(type='DecordInit')
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
box = [
    dict(type='RandomResizedCrop'),
    dict(
        type='PillowResize',
        scale=(224, 224),
        keep_ratio=False,
        interpolation=interpolation,
    ),
]
colours = dict(type='ClipRandAugment', num_ops=4, magnitude=7)
resize = dict(type='PillowResize', scale=(-1, 224), interpolation=interpolation)
val_frames = [
    dict(type='DecordDecode'),
    resize,
    dict(type='CenterCrop', crop_size=224),
    *pack,
]
test_frames = [
    dict(type='DecordDecode'),
    resize,
    dict(type='ThreeCrop', crop_size=224),
    *pack,
]
