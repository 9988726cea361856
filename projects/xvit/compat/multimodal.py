"""Import mmaction2 and mmpretrain beside a transformers release that they do not know."""

import importlib
import importlib.util
from pathlib import Path

NAMES = (
    'apply_chunking_to_forward',
    'find_pruneable_heads_and_indices',
    'prune_linear_layer',
)


def leave_out_multimodal_models() -> None:
    """Leave out the language models that need names which transformers 4.56 removed.

    With transformers installed, ``import mmaction.models`` imports these names from
    ``transformers.modeling_utils``, and fails without them. ``import mmpretrain.models``
    does the same if pycocotools is also installed. The names have moved, see
    https://github.com/huggingface/transformers/pull/16625 and, for their removal,
    https://github.com/xinyu1205/recognize-anything/issues/219. Building a model that was
    left out raises an error. transformers itself is not imported here.
    """
    spec = importlib.util.find_spec('transformers')
    if spec is None or spec.origin is None:
        return
    source = Path(spec.origin).with_name('modeling_utils.py').read_text(encoding='utf-8')
    if all(name in source for name in NAMES):
        return
    for name in ('mmaction.utils.dependency', 'mmpretrain.utils.dependency'):
        dependency = importlib.import_module(name)
        dependency.WITH_MULTIMODAL = False
        dependency.register_multimodal_placeholder = _register_refusals


def _register_refusals(names, registry) -> None:
    """Register models that say which release of transformers they need."""
    for name in names:

        def refuse(*args, _name=name, **kwargs):
            raise ImportError(
                f'{_name} does not work with the installed release of transformers: it '
                "needs pip install 'transformers>=4.28,<4.56'"
            )

        registry.register_module(name=name, module=refuse)
