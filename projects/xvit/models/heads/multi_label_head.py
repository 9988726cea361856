"""Any classification head for videos with several labels."""

from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from torch import Tensor


@MODELS.register_module()
def MultiLabelHead(head: str, **kwargs) -> BaseHead:
    """Build a head whose scores are one probability for each label.

    The loss is binary cross-entropy, and a video's scores are ``sigmoid(logits)``, averaged
    over its views. MMAction2's heads average softmax or logits only. Parameters keep the
    names of the head, so that its checkpoints load.

    Args:
        head (str): Type of the head, any ``BaseHead`` of one set of classes.
        **kwargs: Its arguments. ``loss_cls`` is MMAction2's ``BCELossWithLogits`` unless
            given. ``average_clips`` is not used: the scores are always probabilities.

    Returns:
        BaseHead: The head, with ``multi_class=True``. Labels are vectors ``(num_classes,)``
            of 0 and 1, as a data set with ``multi_class=True`` gives them.
    """
    kwargs.setdefault('loss_cls', dict(type='BCELossWithLogits'))
    built = MODELS.build(dict(kwargs, type=head, multi_class=True, average_clips='prob'))
    built.average_clip = average_sigmoid
    return built


def average_sigmoid(cls_scores: Tensor, num_segs: int = 1) -> Tensor:
    """Average the probabilities of a video's views.

    Args:
        cls_scores (Tensor): Logits ``(videos * num_segs, num_classes)``.
        num_segs (int): Views of a video.

    Returns:
        Tensor: ``(videos, num_classes)``, from 0 to 1.
    """
    return cls_scores.sigmoid().unflatten(0, (-1, num_segs)).mean(dim=1)
