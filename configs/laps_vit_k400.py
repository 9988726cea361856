# LAPS ViT-B/16 on Kinetics-400, 8 frames at 224 x 224.
_base_ = ['_base_/runtime.py', '_base_/laps_vit.py']
