"""Repairs for counting multiply-adds and for testing on many views."""

import functools
import types

import torch
from mmaction.models import Recognizer3D
from mmengine.analysis import complexity_analysis

from ..analysis import attention_flops


def count_fused_attention() -> None:
    """Let mmengine's counter, and MMAction2's ``get_flops.py``, count fused attention.

    They do not know ``scaled_dot_product_attention``. It counts as its two matrix products:
    q k^T, and the product of the scores with v.
    """
    complexity_analysis._DEFAULT_SUPPORTED_FLOP_OPS.setdefault(
        'aten::scaled_dot_product_attention', attention_flops
    )


def take_views_of_batches() -> None:
    """Let ``Recognizer3D`` use ``max_testing_views`` with batches of several samples.

    Upstream refuses, see https://github.com/open-mmlab/mmaction2/issues/1136. The backbone
    processes each view separately, and the head knows the number of views of a sample. So
    the batch is passed as one sample with all the views, and ``max_testing_views`` limits
    how many views of the batch are processed at once.
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
