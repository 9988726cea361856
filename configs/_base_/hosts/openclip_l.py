# LAION's CLIP ViT-L/14, as a host, and the pixels that it expects.
_base_ = []

from projects.xvit.models.hosts.timm_pixels import timm_pixels  # noqa: E402

host = dict(model_name='vit_large_patch14_clip_224.laion2b')
channels = 1024
pixels = timm_pixels(host['model_name'])
