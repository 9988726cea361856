"""Counting what a model costs, and testing it on many views."""

import functools
import types

import torch
from mmaction.models import Recognizer3D
from mmengine.analysis import complexity_analysis

from ..analysis import attention_flops


def count_fused_attention() -> None:
    """mmengine's FLOP counter, and with it MMAction2's ``get_flops.py``, skips attention.

    It knows the matrix products, not ``scaled_dot_product_attention``, which replaced
    them in mmpretrain; the count is theirs: q k^T and the product with v.
    """
    complexity_analysis._DEFAULT_SUPPORTED_FLOP_OPS.setdefault(
        'aten::scaled_dot_product_attention', attention_flops
    )


def take_views_of_batches() -> None:
    """``Recognizer3D`` refuses ``max_testing_views`` for batches of several samples.

    https://github.com/open-mmlab/mmaction2/issues/1136. Views pass the backbone apart, and
    the head counts those of a sample itself, so a batch may be one sample of all its
    views: ``max_testing_views`` then limits the views of the batch that pass at once.
    """
    asked = types.SimpleNamespace(
        test_cfg=dict(max_testing_views=1), backbone=torch.clone, with_neck=False
    )
    try:
        Recognizer3D.extract_feat(asked, torch.zeros(2, 1, 1), test_mode=True)
    except AssertionError:
        Recognizer3D.extract_feat = _as_one_sample(Recognizer3D.extract_feat)


def _as_one_sample(extract_feat):
    @functools.wraps(extract_feat)
    def extract(self, inputs, *args, test_mode=False, **kwargs):
        if test_mode and self.test_cfg and self.test_cfg.get('max_testing_views'):
            inputs = inputs.flatten(0, 1)[None]
        return extract_feat(self, inputs, *args, test_mode=test_mode, **kwargs)

    return extract
