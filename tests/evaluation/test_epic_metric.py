"""EPIC-KITCHENS' accuracies against plain loops, and the challenge's file read back."""

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from mmaction.registry import METRICS
from mmengine.registry import init_default_scope

VERBS, NOUNS = 12, 15
PEOPLE = ('P01', 'P18', 'P32')


def predictions(count, seed=0, labelled=True, sharpness=2.0):
    """As ``Evaluator.process`` hands them over."""
    generator = torch.Generator().manual_seed(seed)

    def draw(classes):
        scores = sharpness * torch.randn(classes, generator=generator)
        best = scores.topk(6).indices
        label = best[torch.randint(6, (), generator=generator)]
        return scores.softmax(dim=0), int(label)

    samples = []
    for i in range(count):
        verb, noun = draw(VERBS), draw(NOUNS)
        sample = dict(
            pred_score=dict(verb=verb[0], noun=noun[0]),
            narration_id=f'{PEOPLE[i % 3]}_0{i % 2}_{i}',
        )
        if labelled:
            sample['gt_label'] = torch.tensor([verb[1], noun[1]])
        samples.append(sample)
    return samples


def metric(**options):
    init_default_scope('mmaction')
    return METRICS.build(dict(type='EpicMetric', **options))


def measure(samples, **options):
    evaluator = metric(**options)
    for start in range(0, len(samples), 4):
        evaluator.process(None, samples[start : start + 4])
    return evaluator.evaluate(len(samples))


def ranked(scores):
    """Keys of a dict of scores, the best first."""
    return sorted(scores, key=scores.get, reverse=True)


def accuracy(samples, task, k, keep=lambda sample: True):
    """Plain loops: the share of segments whose right class is among the k best."""
    right = []
    for sample in filter(keep, samples):
        verb, noun = (sample['pred_score'][t].double().tolist() for t in ('verb', 'noun'))
        v, n = sample['gt_label'].tolist()
        scores, label = {
            'verb': (dict(enumerate(verb)), v),
            'noun': (dict(enumerate(noun)), n),
            'action': (
                {(i, j): p * q for i, p in enumerate(verb) for j, q in enumerate(noun)},
                (v, n),
            ),
        }[task]
        right.append(label in ranked(scores)[:k])
    return sum(right) / len(right)


def test_accuracies_equal_plain_loops():
    samples = predictions(40)
    measured = measure(samples)
    expected = {
        f'epic/{task}_top{k}': accuracy(samples, task, k)
        for task in ('verb', 'noun', 'action')
        for k in (1, 5)
    }
    assert measured == pytest.approx(expected)
    assert 0 < expected['epic/action_top1'] < expected['epic/verb_top1'] < 1


def test_an_action_is_more_than_verb_and_noun_among_the_best():
    """The right verb is second and the right noun second: the action is fourth at best."""
    verb = torch.tensor([0.5, 0.4, 0.1])
    noun = torch.tensor([0.5, 0.4, 0.1])
    sample = dict(pred_score=dict(verb=verb, noun=noun), gt_label=torch.tensor([1, 1]))
    measured = measure([sample], top_k=(2, 3, 4))
    assert measured['epic/verb_top2'] == measured['epic/noun_top2'] == 1
    assert measured['epic/action_top3'] == 0 and measured['epic/action_top4'] == 1


@pytest.mark.parametrize('label', range(4))
def test_a_constant_prediction_is_not_right(label):
    flat = torch.full((4,), 0.25)
    sample = dict(
        pred_score=dict(verb=flat, noun=flat), gt_label=torch.tensor([label, label])
    )
    measured = measure([sample], top_k=(1, 2))
    assert measured['epic/verb_top1'] == (label == 3)
    assert measured['epic/verb_top2'] == (label >= 2)
    assert measured['epic/action_top1'] == (label == 3)


def write_subsets(folder, people, verbs, nouns):
    for name, column, values in [
        ('EPIC_100_unseen_participant_ids_validation.csv', 'participant_id', people),
        ('EPIC_100_tail_verbs.csv', 'verb', verbs),
        ('EPIC_100_tail_nouns.csv', 'noun', nouns),
    ]:
        (folder / name).write_text('\n'.join([column, *map(str, values)]) + '\n')


def test_unseen_participants_and_rare_classes(tmp_path):
    samples = predictions(60)
    verbs, nouns = [2, 5, 7, 8], [1, 3, 11]
    write_subsets(tmp_path, ['P18', 'P32'], verbs, nouns)
    measured = measure(samples, annotations=str(tmp_path))

    def rare(sample, task):
        v, n = sample['gt_label'].tolist()
        return dict(verb=v in verbs, noun=n in nouns, action=v in verbs or n in nouns)[task]

    for task in ('verb', 'noun', 'action'):
        unseen = accuracy(samples, task, 1, lambda s: s['narration_id'][:3] != 'P01')
        tail = accuracy(samples, task, 1, lambda s, task=task: rare(s, task))
        assert measured[f'epic/unseen_{task}_top1'] == pytest.approx(unseen)
        assert measured[f'epic/tail_{task}_top1'] == pytest.approx(tail)
    assert len(measured) == 12
    (tmp_path / 'EPIC_100_tail_nouns.csv').write_text('id,noun\n1,2\n')
    with pytest.raises(
        ValueError, match=r'EPIC_100_tail_nouns\.csv: must have only the column'
    ):
        metric(annotations=str(tmp_path))


def read_back(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ['test.json']
        return json.loads(archive.read('test.json'))


def softmax(scores):
    total = sum(np.exp(score) for score in scores.values())
    return {key: np.exp(score) / total for key, score in scores.items()}


def test_the_submission_reproduces_the_accuracies(tmp_path):
    """By its own action scores, and as the challenge computes them from verb and noun."""
    samples = predictions(40)
    path = tmp_path / 'new/submission.zip'
    measured = measure(samples, submission_file=str(path), sls_pt=2, sls_td=4)
    assert os.listdir(path.parent) == ['submission.zip']
    submission = read_back(path)
    results = submission.pop('results')
    assert submission == dict(
        version='0.2', challenge='action_recognition', sls_pt=2, sls_tl=3, sls_td=4
    )
    assert list(results) == [sample['narration_id'] for sample in samples]
    hits = dict.fromkeys(measured, 0)
    products = dict.fromkeys((1, 5), 0)
    for sample in samples:
        entry = results[sample['narration_id']]
        v, n = map(str, sample['gt_label'].tolist())
        assert set(entry) == {'verb', 'noun', 'action'}
        assert len(entry['verb']) == VERBS and len(entry['noun']) == NOUNS
        assert list(entry['action']) == ranked(entry['action'])  # the best first
        assert len(entry['action']) == 100
        verb, noun = softmax(entry['verb']), softmax(entry['noun'])
        for key, score in entry['action'].items():
            i, j = key.split(',')
            assert score == pytest.approx(verb[i] * noun[j], rel=1e-5)
        product = {(i, j): verb[i] * noun[j] for i in verb for j in noun}
        assert min(entry['action'].values()) >= sorted(product.values())[-101] * (1 - 1e-5)
        for k in (1, 5):
            for task, label in [('verb', v), ('noun', n), ('action', f'{v},{n}')]:
                hits[f'epic/{task}_top{k}'] += label in ranked(entry[task])[:k]
            products[k] += (v, n) in ranked(product)[:k]
    assert {name: count / 40 for name, count in hits.items()} == pytest.approx(measured)
    for k in (1, 5):
        assert products[k] / 40 == pytest.approx(measured[f'epic/action_top{k}'])


def test_certain_predictions_can_be_written(tmp_path):
    """A probability of 0 has no finite logarithm, and JSON no infinity."""
    sure = torch.eye(VERBS)[3], torch.eye(NOUNS)[4]
    sample = dict(pred_score=dict(zip(('verb', 'noun'), sure)), narration_id='P01_01_0')
    path = tmp_path / 'submission.zip'
    assert measure([sample], submission_file=str(path)) == {}
    entry = read_back(path)['results']['P01_01_0']
    assert ranked(entry['action'])[0] == '3,4' and entry['action']['3,4'] == 1
    assert softmax(entry['verb'])['3'] == pytest.approx(1)


def test_segments_without_labels_only_make_a_submission(tmp_path):
    samples = predictions(5, labelled=False)
    path = tmp_path / 'submission.zip'
    assert measure(samples, submission_file=str(path)) == {}
    assert len(read_back(path)['results']) == 5
    with pytest.raises(ValueError, match='no labels, so there is nothing to measure'):
        measure(samples)


def test_a_failed_submission_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / 'submission.zip'
    measure(predictions(3), submission_file=str(path))
    before = path.read_bytes()
    twice = predictions(2) + predictions(1)
    with pytest.raises(ValueError, match='narration_id P01_00_0 was predicted twice'):
        measure(twice, submission_file=str(path))
    assert path.read_bytes() == before

    def full(*args):
        raise OSError('No space left on device')

    monkeypatch.setattr(zipfile.ZipFile, 'writestr', full)
    with pytest.raises(OSError, match='No space'):
        measure(predictions(4), submission_file=str(path))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ['submission.zip']


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(pred_score=torch.rand(9)), "must have the scores 'verb' and 'noun'"),
        (
            dict(pred_score=dict(verb=torch.rand(9))),
            "must have the scores 'verb' and 'noun'",
        ),
        (
            dict(pred_score=dict(verb=torch.randn(9), noun=torch.rand(9))),
            "the verb scores of a segment must be probabilities.*average_clips='prob'",
        ),
        (
            dict(pred_score=dict(verb=torch.full((2, 4), 0.125), noun=torch.rand(9))),
            r'must be probabilities.* shape \(2, 4\)',
        ),
        (
            dict(pred_score=dict(verb=torch.full((4,), torch.nan), noun=torch.rand(9))),
            'must be probabilities',
        ),
        (dict(gt_label=torch.zeros(27)), 'gt_label must be the numbers of verb and noun'),
    ],
)
def test_other_predictions_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        measure([predictions(1)[0] | change])


def test_missing_ids_and_bad_levels_are_named(tmp_path):
    sample = predictions(1)[0]
    del sample['narration_id']
    assert measure([sample])['epic/verb_top5'] in (0, 1)
    with pytest.raises(ValueError, match='no narration_id: add it to meta_keys'):
        measure([sample], submission_file=str(tmp_path / 'submission.zip'))
    with pytest.raises(ValueError, match='sls_tl must be from 0 to 5, got 6'):
        metric(sls_tl=6)
    with pytest.raises(ValueError, match=r'submission_file must end in \.zip, got .*json'):
        metric(submission_file='test.json')


def measure_share(rank, world, folder):
    """One process of a distributed test, with the sampler's repeats at the end."""
    import projects.xvit  # noqa: F401

    torch.distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=world
    )
    samples = predictions(7)
    padded = samples + samples[: -len(samples) % world]
    evaluator = metric(submission_file=f'{folder}/submission.zip')
    evaluator.process(None, padded[rank::world])
    measured = evaluator.evaluate(len(samples))
    Path(folder, f'{rank}.json').write_text(json.dumps(measured))
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_processes_with_uneven_shares_measure_the_same(tmp_path):
    """7 segments on 2 processes: the 8th is a repeat, and counts nowhere."""
    mp.spawn(measure_share, args=(2, str(tmp_path)), nprocs=2)
    alone = measure(predictions(7))
    for rank in range(2):
        assert json.loads((tmp_path / f'{rank}.json').read_text()) == alone
    assert len(read_back(tmp_path / 'submission.zip')['results']) == 7
