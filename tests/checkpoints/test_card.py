import pytest
from toy_models import methods

from projects.xvit.checkpoints.card import citation, method_of


@pytest.mark.parametrize('method', methods())
def test_every_method_has_a_short_name_and_a_citation(method):
    name, key = method_of(method.__name__)
    assert name.replace('-', '') in method.__name__
    assert citation(key).startswith(f'@inproceedings{{{key},')


def test_another_backbone_has_its_own_name_and_no_citation():
    assert method_of('VideoViT') == ('VideoViT', None)
