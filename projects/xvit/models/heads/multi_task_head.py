"""One head for several classifications of a clip, such as EPIC-KITCHENS' verb and noun."""

import torch
import torch.nn.functional as F
from mmaction.evaluation import top_k_accuracy
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from torch import Tensor

Scores = dict[str, Tensor]


class TaskScores(dict):
    """Scores by task. MMAction2's inferencer calls ``tolist()`` to write JSON."""

    def tolist(self) -> dict[str, list]:
        return {task: scores.tolist() for task, scores in self.items()}


@MODELS.register_module()
class MultiTaskHead(BaseHead):
    """Several classifiers on one trunk, their losses summed.

    X-ViT predicts verb and noun on EPIC-KITCHENS-100 in this way (arXiv 2106.05968, section
    4.1, "two heads"). The trunk is any head, built with the sum of all tasks' classes: its
    last layer holds the tasks' classifiers side by side, and everything before is shared.

    Args:
        trunk (dict): Config of the head, without ``num_classes``.
        num_classes (dict[str, int]): Classes of each task, in the order of the labels.
        average_clips (str): How a video's views are averaged, see MMAction2's ``BaseHead``;
            ``EpicMetric`` needs ``'prob'``.
        **kwargs: Arguments of MMAction2's ``BaseHead``, such as ``loss_cls`` and
            ``label_smooth_eps``.

    Raises:
        ValueError: If there is no task, a task has no class, or ``trunk`` sets
            ``num_classes``.
    """

    def __init__(
        self,
        trunk: dict,
        num_classes: dict[str, int],
        average_clips: str | None = 'prob',
        **kwargs,
    ) -> None:
        if not num_classes or min(num_classes.values()) < 1:
            raise ValueError(
                f'num_classes must have at least one class for each task, got {num_classes}'
            )
        if 'num_classes' in trunk:
            raise ValueError(
                'trunk must not set num_classes, which is the sum over the tasks; '
                f'got {trunk["num_classes"]}'
            )
        self.tasks = dict(num_classes)
        total = sum(self.tasks.values())
        super().__init__(total, None, average_clips=average_clips, **kwargs)
        self.trunk = MODELS.build(dict(trunk, num_classes=total))
        self.in_channels = self.trunk.in_channels

    def forward(self, x: Tensor, **kwargs) -> Scores:
        """Class scores of each task.

        Args:
            x (Tensor): The trunk's input, ``(N, T, C)`` for the heads here.

        Returns:
            dict[str, Tensor]: ``(N, num_classes[task])``, before softmax.
        """
        scores = self.trunk(x, **kwargs)
        return dict(zip(self.tasks, scores.split(list(self.tasks.values()), dim=-1)))

    def loss_by_feat(self, cls_scores: Scores, data_samples: list) -> dict[str, Tensor]:
        """``loss_TASK`` of each task, which training sums, and its ``TASK_topK_acc``.

        Args:
            cls_scores (dict[str, Tensor]): From :meth:`forward`.
            data_samples (list[ActionDataSample]): ``gt_label`` has a class number for each
                task, or, for mixed videos, the probabilities of all tasks' classes.

        Raises:
            ValueError: If ``gt_label`` has the wrong size, a class number out of range, or
                class numbers that were mixed.
        """
        labels = torch.stack([sample.gt_label for sample in data_samples])
        losses = {}
        for task, target in self._targets(labels).items():
            scores = cls_scores[task]
            target = target.to(scores.device)
            if target.ndim == 1:
                accuracies = top_k_accuracy(
                    scores.detach().float().cpu().numpy(), target.cpu().numpy(), self.topk
                )
                for k, accuracy in zip(self.topk, accuracies):
                    losses[f'{task}_top{k}_acc'] = torch.tensor(
                        accuracy, device=scores.device
                    )
            losses[f'loss_{task}'] = self.loss_cls(scores, self._smooth(target, task))
        return losses

    def _targets(self, labels: Tensor) -> Scores:
        """Class numbers ``(N,)`` or probabilities ``(N, num_classes[task])`` by task."""
        size = labels.shape[1] if labels.ndim == 2 else None
        if size == self.num_classes and labels.is_floating_point():
            return dict(zip(self.tasks, labels.split(list(self.tasks.values()), dim=1)))
        if size != len(self.tasks) or labels.is_floating_point():
            raise ValueError(
                f'gt_label must have {len(self.tasks)} class numbers '
                f'({", ".join(self.tasks)}) or {self.num_classes} probabilities, got '
                f'{labels.dtype} of shape {tuple(labels.shape[1:])}; to mix videos, '
                'set multi_class=True in the data set, which gives probabilities, and '
                f'MixupBlending(num_classes={self.num_classes})'
            )
        targets = dict(zip(self.tasks, labels.unbind(dim=1)))
        for task, target in targets.items():
            if target.min() < 0 or target.max() >= self.tasks[task]:
                raise ValueError(
                    f'the {task} must be from 0 to {self.tasks[task] - 1}, '
                    f'got {target.tolist()}'
                )
        return targets

    def _smooth(self, target: Tensor, task: str) -> Tensor:
        if self.label_smooth_eps == 0:
            return target
        count = self.tasks[task]
        if target.ndim == 1:
            target = F.one_hot(target, num_classes=count)
        return (1 - self.label_smooth_eps) * target + self.label_smooth_eps / count

    def predict_by_feat(self, cls_scores: Scores, data_samples: list) -> list:
        """Set ``pred_score``, a dict of each task's scores, and ``pred_label``.

        Args:
            cls_scores (dict[str, Tensor]): From :meth:`forward`, a video's views in a row.
            data_samples (list[ActionDataSample]): One for each video.
        """
        views = next(iter(cls_scores.values())).shape[0] // len(data_samples)
        averaged = {
            task: self.average_clip(scores, num_segs=views)
            for task, scores in cls_scores.items()
        }
        for i, sample in enumerate(data_samples):
            scores = TaskScores({task: batch[i] for task, batch in averaged.items()})
            sample.set_pred_score(scores)
            best = [score.argmax(dim=-1) for score in scores.values()]
            sample.set_pred_label(torch.stack(best, dim=-1))
        return data_samples
