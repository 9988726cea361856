"""The submission file of the EPIC-KITCHENS-100 action recognition challenge."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..files import replacing

NUM_ACTIONS = 100  # The challenge requires exactly this number.


def action_scores(verb: np.ndarray, noun: np.ndarray) -> np.ndarray:
    """``p(verb, noun) = p(verb) p(noun)``, ``(num_verbs, num_nouns)`` in float64."""
    return np.outer(verb.astype(np.float64), noun.astype(np.float64))


def submission_entry(verb: np.ndarray, noun: np.ndarray) -> dict[str, dict[str, float]]:
    """One segment's scores in the challenge's format.

    Verbs and nouns have the logarithms of their probabilities, because the challenge's own
    evaluation applies a softmax. The 100 best actions, with keys ``'verb,noun'``, have
    probabilities, the best first.

    Args:
        verb (np.ndarray): ``(num_verbs,)`` probabilities.
        noun (np.ndarray): ``(num_nouns,)`` probabilities.
    """
    actions = action_scores(verb, noun)
    best = np.argsort(actions, axis=None, kind='stable')[::-1][:NUM_ACTIONS]
    pairs = zip(*np.unravel_index(best, actions.shape))
    return dict(
        verb=_log_scores(verb),
        noun=_log_scores(noun),
        action={f'{v},{n}': float(actions[v, n]) for v, n in pairs},
    )


def _log_scores(probabilities: np.ndarray) -> dict[str, float]:
    """Log-probabilities. 0 counts as the smallest float32, since JSON has no infinity."""
    least = np.finfo(np.float32).smallest_subnormal
    logs = np.log(np.maximum(probabilities.astype(np.float64), least))
    return {str(i): score for i, score in enumerate(logs.tolist())}


def write_submission(
    path: Path, segments: Iterable[tuple[str, np.ndarray, np.ndarray]], **levels: int
) -> None:
    """Write the zip file with its ``test.json``, in layout 0.2.

    The layout is that of https://github.com/epic-kitchens/C1-Action-Recognition
    (``utils/challenge.py``), with the optional scores of actions. An existing file is
    replaced only when the new one is complete.

    Args:
        path (Path): The zip file. Its folder is created.
        segments (iterable): Narration id, verb and noun probabilities of each segment.
        **levels (int): ``sls_pt``, ``sls_tl`` and ``sls_td``, see
            :class:`~.epic_metric.EpicMetric`.

    Raises:
        ValueError: If a narration id comes twice.
    """
    results = {}
    for narration_id, verb, noun in segments:
        if narration_id in results:
            raise ValueError(f'narration_id {narration_id} was predicted twice')
        results[narration_id] = submission_entry(verb, noun)
    submission = dict(version='0.2', challenge='action_recognition', **levels)
    submission['results'] = results
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(submission, allow_nan=False)
    with (
        replacing(path) as file,
        zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED, compresslevel=5) as archive,
    ):
        archive.writestr('test.json', text)
