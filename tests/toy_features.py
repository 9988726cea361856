"""A toy model, its config and videos, to extract features of."""

import cv2
import numpy as np
import torch
from commands import ROOT
from mmengine.config import Config
from mmengine.dataset import Compose
from toy_models import stir

from projects.xvit.analysis import build_recognizer

LAPS = """
model = dict(
    backbone=dict(
        _delete_=True,
        type='LAPSViT',
        arch=dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32),
        img_size=32,
        patch_size=16,
        num_frames=4,
        leap_levels=(1, 2),
    )
)
"""


def write_config(path, text=''):
    """tests/data/tiny_motion.py, an X-ViT on clips of 4 frames, 4 apart, with changes."""
    path.write_text(f"_base_ = '{ROOT}/tests/data/tiny_motion.py'\n{text}")
    return path


def write_checkpoint(config, path):
    """Weights far from their start."""
    torch.manual_seed(0)
    model = build_recognizer(Config.fromfile(config))
    stir(model)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


def write_video(path, frames, seed=0, size=(80, 64), fps=16):
    """A picture that moves and changes its colour: every frame is another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), fps, size)
    assert writer.isOpened()
    rng = np.random.default_rng(seed)
    picture = cv2.resize(rng.uniform(0, 255, (6, 6, 3)), size)
    for t in range(frames):
        shade = 40 * np.sin(t * np.array([0.3, 0.5, 0.7]) + seed)
        frame = np.roll(picture, 3 * t, axis=1) + shade
        writer.write(np.clip(frame, 0, 255).astype(np.uint8))
    writer.release()
    return path


@torch.no_grad()
def plain_features(config, checkpoint, path, frames):
    """``backbone(clip)`` of these frames as one clip, by MMAction2's own pipeline."""
    cfg = Config.fromfile(config)
    model = build_recognizer(cfg)
    model.load_state_dict(torch.load(checkpoint)['state_dict'])
    steps = [
        dict(type='DecordInit'),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(-1, 40)),
        dict(type='CenterCrop', crop_size=32),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
    results = dict(filename=str(path), modality='RGB', start_index=0, label=0)
    results |= dict(frame_inds=np.array(frames), clip_len=len(frames), num_clips=1)
    clip = Compose(steps)(results)['inputs']
    batch = dict(inputs=[clip], data_samples=None)
    return model.backbone(model.data_preprocessor(batch)['inputs'][0])[0].numpy()
