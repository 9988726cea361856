# DINOv2 ViT-L/14 with registers, as a host, and the pixels that it expects.
_base_ = []

from projects.xvit.models.hosts.timm_pixels import timm_pixels  # noqa: E402

host = dict(model_name='vit_large_patch14_reg4_dinov2.lvd142m')
channels = 1024
pixels = timm_pixels(host['model_name'])
