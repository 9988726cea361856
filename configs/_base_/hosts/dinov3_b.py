# DINOv3 ViT-B/16, as a host, and the pixels that it expects.
_base_ = []

from projects.xvit.models.hosts.timm_pixels import timm_pixels  # noqa: E402

host = dict(model_name='vit_base_patch16_dinov3.lvd1689m')
channels = 768
pixels = timm_pixels(host['model_name'])
