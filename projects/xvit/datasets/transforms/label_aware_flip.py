"""Flip clips, except those of classes that a flip would change."""

from collections.abc import Sequence

from mmaction.datasets.transforms import Flip
from mmaction.registry import TRANSFORMS

from ...checks import check_integer


@TRANSFORMS.register_module()
class LabelAwareFlip(Flip):
    """MMAction2's ``Flip`` that never flips the clips of some classes.

    A flip makes "Pushing something from left to right" another class. ``Flip`` can swap
    the labels of such classes (``flip_label_map``); this transform never flips them.

    Required keys are ``label``, a class number, and those of ``Flip``.

    Source: ``lazy_label`` of ``Flip`` in ``mmaction/datasets/pipelines/augmentations.py``
    of https://github.com/MartinXM/TPS.

    Args:
        flip_ratio (float): Probability of flipping a clip of any other class, 0 to 1.
        fixed_labels (Sequence[int]): Classes that are never flipped.

    Raises:
        TypeError: If ``fixed_labels`` are not integers; when called, if the label is not a
            class number.
        ValueError: If ``flip_ratio`` is not from 0 to 1.
    """

    def __init__(self, flip_ratio: float = 0.5, fixed_labels: Sequence[int] = ()) -> None:
        if not 0 <= flip_ratio <= 1:
            raise ValueError(f'flip_ratio must be from 0 to 1, got {flip_ratio}')
        for label in fixed_labels:
            check_integer('fixed_labels', label)
        super().__init__(flip_ratio)
        self.fixed_labels = frozenset(fixed_labels)
        self.never = Flip(flip_ratio=0)

    def transform(self, results: dict) -> dict:
        """Flip ``results['imgs']`` or not. The key ``flip`` says which."""
        check_integer('label', results['label'])
        if results['label'] in self.fixed_labels:
            return self.never(results)
        return super().transform(results)
