"""The report's numbers, against plain loops."""

import math

import numpy as np
import pytest

from projects.xvit.report.predictions import Predictions, check_labels, probabilities
from projects.xvit.report.statistics import confusions, decide, summarize, sureness

CLASSES = ['run', 'jump', 'sit']


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr('projects.xvit.report.statistics.RESAMPLES', 100)


def predictions(scores, labels) -> Predictions:
    scores = np.array(scores, dtype=float)
    paths = [f'{i}.mp4' for i in range(len(scores))]
    return Predictions(paths, CLASSES, scores, np.array(labels), {}, None)


def one_label():
    """Run twice right, jump taken for run (sure) and for sit (not sure); no sit."""
    scores = [[0.9, 0.1, 0.0], [0.5, 0.3, 0.2], [0.8, 0.2, 0.0], [0.2, 0.3, 0.5]]
    return predictions(scores, [0, 0, 1, 1])


def several_labels():
    generator = np.random.default_rng(0)
    labels = generator.random((40, 3)) < [0.5, 0.3, 0.0]
    noise = generator.random((40, 3))
    # Rounded, so that some scores are equal.
    return predictions((0.4 * labels + 0.6 * noise).round(1), labels)


def test_one_label_per_video():
    found = summarize(one_label())
    assert found['accuracy']['value'] == 0.5 and found['accuracy']['correct'] == 2
    assert found['confusion_matrix'].tolist() == [[2, 0, 0], [1, 0, 1], [0, 0, 0]]
    run, jump, sit = found['per_class']
    assert run == dict(
        {'class': 'run'}, support=2, precision=pytest.approx(2 / 3), recall=1
    )
    assert (jump['support'], jump['recall']) == (2, 0)
    assert math.isnan(jump['precision'])  # It was never said.
    assert sit['precision'] == 0 and math.isnan(sit['recall'])
    assert found['num_mistakes'] == 2
    surest, other = found['surest_mistakes']
    assert surest == dict(
        index=2,
        path='2.mp4',
        correct=False,
        said=[{'class': 'run', 'score': 0.8}],
        true=[{'class': 'jump', 'score': 0.2}],
    )
    assert other['index'] == 3
    assert [video['index'] for video in found['least_sure']] == [1, 3, 2, 0]


@pytest.mark.parametrize('correct', [0, 3, 10])
def test_the_interval_is_wilsons(correct):
    """The formula of E. B. Wilson, 1927, for 10 videos."""
    labels = np.arange(10) >= correct
    found = summarize(predictions([[1.0, 0, 0]] * 10, labels.astype(int)))['accuracy']
    z, n, p = 1.959963984540054, 10, correct / 10
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert found['low'] == pytest.approx(centre - half, abs=1e-9)
    assert found['high'] == pytest.approx(centre + half, abs=1e-9)
    assert found['value'] == p


def plain_average_precision(true, scores) -> float:
    """The mean, over the videos of a class, of the precision down to that video's score."""
    precisions = []
    for score in scores[true]:
        said = scores >= score
        precisions.append((said & true).sum() / said.sum())
    return float(np.mean(precisions))


def test_several_labels_per_video():
    given = several_labels()
    found = summarize(given)
    assert 'accuracy' not in found and 'confusion_matrix' not in found
    expected = [
        plain_average_precision(given.labels[:, i], given.scores[:, i]) for i in (0, 1)
    ]
    rows = found['per_class']
    assert [row['average_precision'] for row in rows[:2]] == pytest.approx(expected)
    assert math.isnan(rows[2]['average_precision']) and rows[2]['support'] == 0
    mean = found['mean_average_precision']
    assert mean['value'] == pytest.approx(np.mean(expected))
    assert 0.5 < mean['low'] < mean['value'] < mean['high'] <= 1
    said, true = given.scores[:, 0] >= 0.5, given.labels[:, 0]
    assert rows[0]['precision'] == pytest.approx((said & true).sum() / said.sum())
    assert rows[0]['recall'] == pytest.approx((said & true).sum() / true.sum())
    assert summarize(given)['mean_average_precision'] == mean  # Seeded.


def test_mistakes_with_several_labels():
    scores = [[0.9, 0.1, 0.1], [0.9, 0.6, 0.1], [0.05, 0.1, 0.95], [0.45, 0.3, 0.3]]
    labels = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0]], dtype=bool)
    given = predictions(scores, labels)
    of_mistakes, of_all = sureness(given, decide(given))
    assert of_mistakes == pytest.approx([-1, 0.1, 0.45, -1])
    assert of_all == pytest.approx([0.4, 0.1, 0.4, 0.05])
    found = summarize(given)
    assert [video['index'] for video in found['surest_mistakes']] == [2, 1]
    first = found['surest_mistakes'][0]
    assert first['said'] == [{'class': 'sit', 'score': 0.95}]
    assert [entry['class'] for entry in first['true']] == ['run', 'sit']
    assert found['least_sure'][0]['said'] == []


def test_at_most_ten_videos_are_listed():
    found = summarize(predictions([[0.5, 0.5, 0.0]] * 30, [1] * 30))
    assert [video['index'] for video in found['surest_mistakes']] == list(range(10))
    assert len(found['least_sure']) == 10 and found['num_mistakes'] == 30


def test_most_frequent_confusions():
    matrix = np.array([[9, 1, 0], [4, 9, 0], [0, 2, 9]])
    assert list(confusions(matrix)) == [(1, 0, 4), (2, 1, 2), (0, 1, 1)]
    assert list(confusions(matrix, most=1)) == [(1, 0, 4)]


def test_scores_become_probabilities():
    logits = np.array([[2.0, 0.0, -1.0], [800.0, 0.0, 0.0]])
    found = probabilities(logits, several_labels=False)
    powers = np.exp(logits[0])
    np.testing.assert_allclose(found, [powers / powers.sum(), [1, 0, 0]])
    np.testing.assert_array_equal(probabilities(found, several_labels=False), found)
    found = probabilities(logits[:1], several_labels=True)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logits[:1])))
    np.testing.assert_array_equal(probabilities(found, several_labels=True), found)
    with pytest.raises(ValueError, match='finite scores'):
        probabilities(np.array([[np.nan, 0]]), several_labels=False)


@pytest.mark.parametrize(
    ('labels', 'message'),
    [
        ([[0], [3]], 'must be from 0 to 2, as the model has 3 classes; got 3'),
        ([[0], [-1]], 'got -1'),
        ([[0, 1]], 'must have 3 classes, as the model, got labels of 2'),
    ],
)
def test_labels_that_are_no_classes(labels, message):
    with pytest.raises(ValueError, match=message):
        check_labels(np.array(labels), 3)


def test_no_label_at_all():
    with pytest.raises(ValueError, match='must have a label'):
        summarize(predictions([[0.5, 0.5, 0.5]], np.zeros((1, 3), dtype=bool)))
