# LAPS ViT-B/16 on Kinetics-400, 8 frames at 224 x 224.
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/laps_vit.py']
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)
