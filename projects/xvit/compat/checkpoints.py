"""Let mmengine's checkpoints load with ``weights_only=True``."""

import pickle

import numpy as np
import torch


def allow_mmengine_classes() -> None:
    """Allow the log histories in mmengine's checkpoints; the check itself stays on.

    See https://github.com/open-mmlab/mmengine/issues/1655. These classes hold numbers and
    run no code on loading. A pickled history finds its methods by ``getattr``. A function
    takes its place that returns only the four methods a history needs.
    """
    from mmengine.logging import HistoryBuffer

    def statistics_method(owner, name):
        if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
            raise pickle.UnpicklingError(
                f'getattr of {owner!r} and {name!r} is not allowed'
            )
        return getattr(HistoryBuffer, name)

    multiarray = np._core.multiarray if hasattr(np, '_core') else np.core.multiarray
    allowed = [HistoryBuffer, np.ndarray, np.dtype, (statistics_method, 'builtins.getattr')]
    allowed += [type(np.dtype(t)) for t in ('f4', 'f8', 'i4', 'i8', 'b1')]
    for function in (multiarray._reconstruct, multiarray.scalar):
        # The module is `numpy.core` in files written with NumPy 1, `numpy._core` with 2.
        allowed += [
            (function, f'numpy.{core}.multiarray.{function.__name__}')
            for core in ('core', '_core')
        ]
    torch.serialization.add_safe_globals(allowed)
