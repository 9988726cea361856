"""The file that the EPIC-KITCHENS-100 action recognition challenge takes."""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

NUM_ACTIONS = 100  # The challenge takes exactly so many.


def action_scores(verb: np.ndarray, noun: np.ndarray) -> np.ndarray:
    """``p(verb, noun) = p(verb) p(noun)``, ``(num_verbs, num_nouns)`` in float64."""
    return np.outer(verb.astype(np.float64), noun.astype(np.float64))


def submission_entry(verb: np.ndarray, noun: np.ndarray) -> dict[str, dict[str, float]]:
    """One segment's scores as the challenge has them.

    The scores of verbs and nouns are logarithms of the probabilities, since the
    challenge's own evaluation takes their softmax; those of the 100 best actions, with
    keys ``'verb,noun'``, are probabilities.

    Args:
        verb (np.ndarray): ``(num_verbs,)`` probabilities.
        noun (np.ndarray): ``(num_nouns,)`` probabilities.
    """
    actions = action_scores(verb, noun)
    count = min(NUM_ACTIONS, actions.size)
    best = np.sort(np.argpartition(actions, -count, axis=None)[-count:])
    best = best[np.argsort(actions.flat[best], kind='stable')[::-1]]
    pairs = zip(*np.unravel_index(best, actions.shape))
    return dict(
        verb=_log_scores(verb),
        noun=_log_scores(noun),
        action={f'{v},{n}': float(actions[v, n]) for v, n in pairs},
    )


def _log_scores(probabilities: np.ndarray) -> dict[str, float]:
    """JSON has no infinity, so 0 counts as the smallest positive float32."""
    least = np.finfo(np.float32).smallest_subnormal
    logs = np.log(np.maximum(probabilities.astype(np.float64), least))
    return {str(i): score for i, score in enumerate(logs.tolist())}


def write_submission(
    path: Path,
    segments: Iterable[tuple[str, np.ndarray, np.ndarray]],
    sls_pt: int,
    sls_tl: int,
    sls_td: int,
) -> None:
    """Write the zip file with its ``test.json``, in layout 0.2.

    The layout is that of https://github.com/epic-kitchens/C1-Action-Recognition
    (``utils/challenge.py``), with the optional scores of actions. The file appears under
    its name when it is whole.

    Args:
        path (Path): The zip file; its folder is made, and one of that name replaced.
        segments (iterable): Narration id, verb and noun probabilities of each segment.
        sls_pt (int): Supervision level of the pretraining, 0 to 5, as
            https://github.com/epic-kitchens/sls defines it.
        sls_tl (int): Of the training labels.
        sls_td (int): Of the training data.

    Raises:
        ValueError: If a narration id comes twice.
    """
    results = {}
    for narration_id, verb, noun in segments:
        if narration_id in results:
            raise ValueError(f'narration_id {narration_id} was predicted twice')
        results[narration_id] = submission_entry(verb, noun)
    submission = dict(
        version='0.2',
        challenge='action_recognition',
        sls_pt=sls_pt,
        sls_tl=sls_tl,
        sls_td=sls_td,
        results=results,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='part-', dir=path.parent) as folder:
        part = Path(folder) / path.name
        with zipfile.ZipFile(part, 'w', zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
            archive.writestr('test.json', json.dumps(submission, allow_nan=False))
        os.replace(part, path)
