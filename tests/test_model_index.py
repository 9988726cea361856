"""The index of models: read as OpenMMLab's tools read it, and as the configs say."""

import re
import sys
from functools import partial
from pathlib import Path

import modelindex
import pytest
import torch
from mmengine.config import Config
from mmengine.config.utils import _get_cfg_metainfo
from mmengine.infer import BaseInferencer

from projects.xvit.analysis import build_recognizer, view_shape
from projects.xvit.checkpoints import CONVERTERS

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / 'tools'))
import make_metafile  # noqa: E402

# What LAPS' authors count for the same models: G multiply-adds, M parameters.
PUBLISHED = {
    'laps_k400': (40.136, 39.758),
    'laps_leap_k400': (40.136, 39.758),
    'laps_p_shift_k400': (39.074, 39.758),
    'laps_plain_shift_k400': (39.074, 39.758),
    'laps_base2d_k400': (39.074, 39.758),
    'laps_base3d_k400': (46.509, 39.758),
}


@pytest.fixture(scope='module')
def index():
    return modelindex.load(str(ROOT / 'model-index.yml'))


def test_modelindex_reads_it(index):
    assert index.check(silent=True) == []
    assert [c.name for c in index.collections] == ['X-ViT', 'LAPS', 'TPS']
    assert {model.in_collection for model in index.models} == {'X-ViT', 'LAPS', 'TPS'}
    names = [model.name for model in index.models]
    assert len(names) == len(set(names))
    for model in index.models:
        assert (
            model.config == f'configs/{model.name}.py' and (ROOT / model.config).is_file()
        )
        assert model.full_model.paper['URL'].startswith('https://arxiv.org/abs/')


def test_fields_are_as_mim_joins_them(index):
    """``mim search`` iterates over results, and joins lists of strings."""
    for entry in (*index.models, *index.collections):
        for value in entry.metadata.data.values():
            assert isinstance(value, (str, int)) or all(isinstance(v, str) for v in value)
    for model in index.models:
        for result in model.results:
            assert all(0 < value < 100 for value in result.metrics.values())


def test_mmengine_reads_it(tmp_path):
    models = list(BaseInferencer._get_models_from_metafile(str(ROOT)))
    (tmp_path / '.mim').symlink_to(ROOT)
    for model in models:
        found = _get_cfg_metainfo(str(tmp_path), f'{model["Name"]}.py')
        assert found == model


def test_results_say_whose_they_are(index):
    for model in index.models:
        if len(model.results):
            source = model.data.get('Converted From', {}).get('Code')
            source = source or model.data['Reported In']
            assert source.startswith(('https://github.com/', 'https://arxiv.org/abs/'))
        # The authors' files would load into no parameter: they are not Weights.
        assert model.weights is None


def test_conversion_commands_are_the_tools(index):
    converted = [
        m.data['Converted From'] for m in index.models if 'Converted From' in m.data
    ]
    assert converted
    for entry in converted:
        python, tool, source, src, _ = entry['Command'].split()
        assert (python, tool) == ('python', 'tools/convert_checkpoint.py')
        assert source in CONVERTERS
        assert entry['Weights'].endswith(f'/{src}')


@pytest.mark.parametrize('name', PUBLISHED)
def test_counts_are_the_published_ones(name, index):
    (model,) = [model for model in index.models if model.name == name]
    flops, parameters = PUBLISHED[name]
    assert round(model.metadata.data['FLOPs'] / 1e9, 3) == flops
    assert round(model.metadata.data['Parameters'] / 1e6, 3) == parameters


def test_every_config_is_listed(index):
    """But toy models, whose data are rendered, other ways to train one, and probes."""
    names = {path.stem for path in (ROOT / 'configs').glob('*.py')}
    listed = {model.name for model in index.models}
    assert listed == {n for n in names if not re.search('motion|deepspeed|fast|^probe_', n)}


def test_training_data_and_frames_are_the_configs(index):
    for model in index.models:
        cfg = Config.fromfile(ROOT / model.config)
        about = model.metadata.data
        _, _, frames, height, width = view_shape(cfg)
        assert about['Frames'] == frames, model.name
        assert about['Resolution'] == f'{height}x{width}', model.name
        folder = cfg.train_dataloader.dataset.data_root
        assert make_metafile.DATA[folder] == about['Training Data'], model.name


def test_parameters_are_not_stale(index, monkeypatch):
    # mmpretrain reads the drop rates of Swin's blocks off a tensor.
    monkeypatch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
    for model in index.models:
        cfg = Config.fromfile(ROOT / model.config)
        del cfg.model.data_preprocessor
        with torch.device('meta'):
            recognizer = build_recognizer(cfg)
        parameters = sum(value.numel() for value in recognizer.parameters())
        assert model.metadata.data['Parameters'] == parameters, model.name
