"""Accuracy on EPIC-KITCHENS-100, as in its action recognition challenge."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from .epic_submission import action_scores, write_submission

TASKS = ('verb', 'noun', 'action')


@METRICS.register_module()
class EpicMetric(BaseMetric):
    """Top-1 and top-5 accuracy of verb, noun and action.

    An action's score is the product of its verb's and its noun's probability. An action is
    right if its verb and its noun are. The challenge's ``evaluate.py``
    (https://github.com/epic-kitchens/C1-Action-Recognition) ranks actions in the same way.
    Among equal scores, the class with the larger number ranks first, so that a constant
    prediction does not count as right.

    The test set has no labels. It gives a submission file, but no accuracies.

    Args:
        top_k (tuple[int]): The k of the top-k accuracies ``verb_topK``, ``noun_topK`` and
            ``action_topK``.
        submission_file (str, optional): Write this zip file for the challenge.
        sls_pt (int): Supervision level of the pretraining, for the submission file, see
            https://github.com/epic-kitchens/sls. 0: none, 1: public images, 2: public
            images and videos, 3: self-supervised on public data, 4: also on EPIC-KITCHENS,
            5: private data.
        sls_tl (int): Level of the training labels. 0: none, 1 and 2: weak, 3: start and
            stop times, 4 and 5: also spatial.
        sls_td (int): Level of the training data. 0: zero-shot, 1: few-shot, 2: a quarter,
            3: the training set, 4: also the validation set, 5: more.
        annotations (str, optional): A folder with the official
            ``EPIC_100_unseen_participant_ids_validation.csv``, ``EPIC_100_tail_verbs.csv``
            and ``EPIC_100_tail_nouns.csv``. It adds the top-1 accuracies on participants
            without training videos, ``unseen_TASK_top1``, and on rare classes,
            ``tail_TASK_top1``. An action is rare if its verb or its noun is.
        collect_device (str): See mmengine's ``BaseMetric``.
        prefix (str, optional): Prefix of the names, ``epic`` by default.

    Raises:
        ValueError: If a level is not from 0 to 5, ``submission_file`` does not end in
            ``.zip``, scores are not probabilities, or there are neither labels nor a
            submission file.
    """

    default_prefix = 'epic'

    def __init__(
        self,
        top_k: Sequence[int] = (1, 5),
        submission_file: str | None = None,
        sls_pt: int = 1,
        sls_tl: int = 3,
        sls_td: int = 3,
        annotations: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.levels = dict(sls_pt=sls_pt, sls_tl=sls_tl, sls_td=sls_td)
        for name, level in self.levels.items():
            if level not in range(6):
                raise ValueError(f'{name} must be from 0 to 5, got {level!r}')
        self.top_k = tuple(top_k)
        # The metric is built before testing starts, so a wrong name costs no test run.
        if submission_file is not None and Path(submission_file).suffix != '.zip':
            raise ValueError(f'submission_file must end in .zip, got {submission_file}')
        self.submission_file = submission_file
        self.rare = None if annotations is None else read_subsets(Path(annotations))

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Store each segment's probabilities, labels and narration id."""
        for sample in data_samples:
            name = sample.get('narration_id')
            if name is None and (self.submission_file or self.rare):
                raise ValueError(
                    'the predictions have no narration_id: add it to meta_keys of '
                    'PackActionInputs'
                )
            scores = sample['pred_score']
            if not isinstance(scores, dict) or set(scores) != {'verb', 'noun'}:
                raise ValueError(
                    "pred_score must have the scores 'verb' and 'noun', as from "
                    f'MultiTaskHead, got {type(scores).__name__}'
                )
            result = {task: probabilities(task, scores[task]) for task in scores}
            label = sample.get('gt_label')
            if label is None and self.submission_file is None:
                raise ValueError(
                    'the segments have no labels, so there is nothing to measure: set '
                    'submission_file'
                )
            if label is not None and label.numel() != 2:
                raise ValueError(
                    'gt_label must be the numbers of verb and noun, got '
                    f'{label.numel()} numbers: set multi_class=False'
                )
            result['label'] = None if label is None else label.tolist()
            self.results.append(dict(result, narration_id=name))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Accuracies from 0 to 1. Also writes the submission file, if one is set."""
        if self.submission_file is not None:
            write_submission(
                Path(self.submission_file),
                ((r['narration_id'], r['verb'], r['noun']) for r in results),
                **self.levels,
            )
        labelled = [result for result in results if result['label'] is not None]
        if not labelled:
            return {}
        ranks = np.array([label_ranks(result) for result in labelled])
        metrics = {
            f'{task}_top{k}': float((ranks[:, i] < k).mean())
            for i, task in enumerate(TASKS)
            for k in self.top_k
        }
        if self.rare is not None:
            metrics |= self._subset_metrics(labelled, ranks)
        return metrics

    def _subset_metrics(self, results: list[dict], ranks: np.ndarray) -> dict[str, float]:
        labels = np.array([result['label'] for result in results])
        people = [result['narration_id'].split('_')[0] for result in results]
        unseen = np.isin(people, self.rare['participant_id'])
        verb = np.isin(labels[:, 0], np.array(self.rare['verb'], dtype=int))
        noun = np.isin(labels[:, 1], np.array(self.rare['noun'], dtype=int))
        subsets = dict(unseen=(unseen,) * 3, tail=(verb, noun, verb | noun))
        return {
            f'{name}_{task}_top1': float((ranks[subset, i] < 1).mean())
            for name, parts in subsets.items()
            for i, (task, subset) in enumerate(zip(TASKS, parts))
            if subset.any()
        }


def probabilities(task: str, scores) -> np.ndarray:
    """A segment's scores in NumPy. Raises ``ValueError`` if they are not probabilities."""
    array = scores.float().cpu().numpy()
    if array.ndim != 1 or not (array >= 0).all() or abs(array.sum() - 1) > 1e-2:
        raise ValueError(
            f'the {task} scores of a segment must be probabilities, got shape '
            f"{array.shape}, sum {array.sum():.3f}: set the head's average_clips='prob'"
        )
    return array


def label_ranks(result: dict) -> tuple[int, int, int]:
    """How many classes rank above the right verb, the right noun and the right action."""
    verb, noun = result['label']
    scores = (result['verb'], result['noun'])
    return (
        rank(scores[0], verb),
        rank(scores[1], noun),
        rank(action_scores(*scores).ravel(), verb * len(scores[1]) + noun),
    )


def rank(scores: np.ndarray, label: int) -> int:
    """How many classes rank above ``label``. Of equal scores, the later ranks higher."""
    return int(
        (scores > scores[label]).sum() + (scores[label + 1 :] == scores[label]).sum()
    )


def read_subsets(folder: Path) -> dict[str, list[str]]:
    """The official lists of unseen participants and rare classes, one column each."""
    files = dict(
        participant_id='EPIC_100_unseen_participant_ids_validation.csv',
        verb='EPIC_100_tail_verbs.csv',
        noun='EPIC_100_tail_nouns.csv',
    )
    subsets = {}
    for column, name in files.items():
        lines = (folder / name).read_text().split()
        if lines[:1] != [column] or not all(line.isalnum() for line in lines[1:]):
            raise ValueError(f'{folder / name}: must have only the column {column}')
        subsets[column] = lines[1:]
    return subsets
