"""MMAction2's own feature extraction on backbones whose features are those of frames."""

import pickle
import sys

import numpy as np
import pytest
import torch
from toy_features import plain_features, write_checkpoint, write_config, write_video

from projects.xvit.__main__ import run
from projects.xvit.models import FramesAsVolume


@pytest.mark.parametrize('temporal', ['avg', 'keep'])
def test_the_tool_of_mmaction2_pools_frames(tmp_path, monkeypatch, temporal):
    config = write_config(tmp_path / 'config.py')
    checkpoint = write_checkpoint(config, tmp_path / 'model.pth')
    names = ['a.mp4', 'in/b.mp4']
    for seed, name in enumerate(names):
        write_video(tmp_path / name, 13, seed=seed)
    videos = tmp_path / 'list.txt'
    videos.write_text(''.join(f'{name} 0\n' for name in names))
    arguments = [config, checkpoint, tmp_path / 'out', '--video-list', videos]
    arguments += ['--temporal-type', temporal, '--cfg-options']
    arguments += ['model.neck.type=FramesAsVolume', 'test_dataloader.num_workers=0']
    arguments += ['test_dataloader.persistent_workers=False']
    arguments += [f'test_dataloader.dataset.data_root={tmp_path}']
    monkeypatch.setattr(sys, 'argv', ['tool', *map(str, arguments)])
    run('misc/clip_feature_extraction.py')
    for name in names:
        found = pickle.loads((tmp_path / f'out/{name}.pkl').read_bytes())
        frames = plain_features(config, checkpoint, tmp_path / name, [0, 4, 8, 12])
        pooled = dict(avg=frames.mean(0), keep=frames.T)[temporal]
        np.testing.assert_allclose(found.numpy(), pooled, rtol=1e-4, atol=1e-5)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r'must be \(N, T, C\), got shape \(2, 3\)'):
        FramesAsVolume()(torch.zeros(2, 3))
