"""Each repair of an upstream defect, with a test that fails where it is left out.

The defects are shown in fresh processes: this one has the repairs already.
"""

import pickle

import numpy as np
import pytest
import torch
from commands import python
from mmengine.logging import HistoryBuffer


def test_mmaction_models_import_only_with_the_repair():
    code, output = python('import mmaction.models')
    assert code != 0 and 'mmaction.models.localizers.drn' in output, 'mended upstream?'
    code, output = python("""
        import projects.xvit
        from mmaction.utils import register_all_modules
        register_all_modules()
        from mmaction.registry import MODELS
        assert MODELS.get('XViT') and MODELS.get('TemporalAttentionHead')
    """)
    assert code == 0, output


def test_missing_mmcv_says_what_to_install():
    code, output = python("""
        import importlib.util
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name: None if name == 'mmcv' else find(name)
        import projects.xvit
    """)
    assert code != 0 and "pip install 'mmaction2-xvit[lite]'" in output


def release_of_transformers(folder, names):
    """A package with the version and the names of one, which is never imported."""
    package = folder / 'transformers'
    package.mkdir(parents=True)
    (package / '__init__.py').write_text('raise ImportError("imported")')
    (package / 'modeling_utils.py').write_text('\n'.join(names))
    (folder / 'transformers-9.0.dist-info').mkdir()
    about = 'Metadata-Version: 2.1\nName: transformers\nVersion: 9.0\n'
    (folder / 'transformers-9.0.dist-info/METADATA').write_text(about)
    return f'import sys; sys.path.insert(0, {str(folder)!r})\n'


@pytest.mark.slow
def test_a_new_transformers_leaves_out_the_models_that_need_an_old_one(tmp_path):
    new = release_of_transformers(tmp_path / 'new', ['apply_chunking_to_forward'])
    code, output = python(
        new
        + "sys.modules['mmaction.models.localizers.drn'] = type(sys)('drn')\n"
        + "sys.modules['mmaction.models.localizers.drn.drn'] = drn = type(sys)('drn')\n"
        + 'drn.DRN = object\nimport mmaction.models'
    )
    assert code != 0 and 'ImportError: imported' in output, 'mended upstream?'
    code, output = python(
        new
        + 'import projects.xvit, mmpretrain.models\n'
        + 'from mmaction.registry import MODELS\n'
        + "MODELS.build(dict(type='VindLUVQA'))"
    )
    assert code != 0 and "pip install 'transformers>=4.28,<4.56'" in output
    assert 'VindLUVQA does not work' in output


def test_a_transformers_with_the_names_is_left_to_mmaction(tmp_path):
    from projects.xvit.compat import multimodal

    old = release_of_transformers(tmp_path / 'old', multimodal.NAMES)
    code, output = python(old + 'import projects.xvit')
    assert code != 0 and 'ImportError: imported' in output


def test_missing_localizer_says_so():
    from mmaction.models.localizers import DRN

    with pytest.raises(NotImplementedError, match='from source'):
        DRN()


def mmengine_checkpoint():
    """What mmengine's Runner saves beside the weights."""
    history = HistoryBuffer()
    history.update(0.5)
    message_hub = dict(
        log_scalars=dict(loss=history),
        runtime_info=dict(lr=np.float64(0.1), iter=np.int64(3), flag=np.bool_(True)),
    )
    return dict(state_dict=dict(w=torch.ones(2)), message_hub=message_hub)


def test_mmengines_checkpoints_load_without_turning_the_check_off(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    torch.save(mmengine_checkpoint(), path)
    code, output = python(f'import torch; torch.load({str(path)!r})')
    assert code != 0 and 'HistoryBuffer' in output, 'mended upstream?'
    checkpoint = torch.load(path)
    assert checkpoint['message_hub']['log_scalars']['loss'].current() == 0.5
    assert checkpoint['message_hub']['runtime_info']['lr'] == 0.1


class Getattr:
    """Reaches beyond a log history's own methods."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def test_allowed_getattr_finds_only_statistics(tmp_path):
    torch.save(Getattr(), tmp_path / 'getattr.pth')
    with pytest.raises(pickle.UnpicklingError, match='not allowed'):
        torch.load(tmp_path / 'getattr.pth')
