"""Verb and noun on one trunk: loss, gradients, prediction, and bad arguments."""

import math

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope

VERBS, NOUNS = 4, 6
TRUNKS = {
    'attention': dict(
        type='TemporalAttentionHead',
        in_channels=12,
        num_heads=3,
        hidden_channels=10,
        dropout_ratio=0.0,
    ),
    'average': dict(type='FrameAverageHead', in_channels=12, init_std=0.5),
}


def build(trunk='attention', **options):
    init_default_scope('mmaction')
    head = MODELS.build(
        dict(
            type='MultiTaskHead',
            trunk=TRUNKS[trunk],
            num_classes=dict(verb=VERBS, noun=NOUNS),
            topk=(1, 2),
            **options,
        )
    )
    head.init_weights()
    return head


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def cross_entropy(scores, probabilities):
    """The loss computed by hand, averaged over the batch."""
    total = 0.0
    for row, target in zip(scores.tolist(), probabilities):
        log_sum = math.log(sum(math.exp(score) for score in row))
        total += sum(p * (log_sum - score) for p, score in zip(target, row))
    return total / len(scores)


def one_hot(label, count, eps=0.0):
    return [(1 - eps) * (i == label) + eps / count for i in range(count)]


@pytest.mark.parametrize('trunk', TRUNKS)
def test_scores_are_the_trunks(trunk):
    head = build(trunk).eval()
    x = torch.randn(2, 5, 12)
    scores = head(x)
    assert list(scores) == ['verb', 'noun']
    assert scores['verb'].shape == (2, VERBS) and scores['noun'].shape == (2, NOUNS)
    assert torch.equal(torch.cat(list(scores.values()), dim=1), head.trunk(x))
    assert head.num_classes == 10 and head.in_channels == 12
    if trunk == 'average':
        assert head.trunk.fc_cls.weight.std() > 0.3  # init_weights reached the trunk


@pytest.mark.parametrize('eps', [0.0, 0.3])
@pytest.mark.parametrize('batch', [1, 3])
def test_losses_are_cross_entropies(eps, batch):
    head = build(label_smooth_eps=eps)
    labels = [(1, 5), (3, 0), (0, 2)][:batch]
    x = torch.randn(batch, 5, 12)
    losses = head.loss(x, samples(*labels))
    scores = head(x)
    for i, (task, count) in enumerate([('verb', VERBS), ('noun', NOUNS)]):
        targets = [one_hot(label[i], count, eps) for label in labels]
        expected = cross_entropy(scores[task], targets)
        assert losses[f'loss_{task}'].item() == pytest.approx(expected, rel=1e-5)
        order = scores[task].argsort(dim=1, descending=True).tolist()
        for k in (1, 2):
            right = [label[i] in row[:k] for row, label in zip(order, labels)]
            accuracy = losses[f'{task}_top{k}_acc'].item()
            assert accuracy == pytest.approx(sum(right) / batch)
    assert len(losses) == 6


def test_training_sums_both_losses_into_the_trunk():
    recognizer = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(
                type='XViT',
                arch=dict(
                    embed_dims=12, num_layers=1, num_heads=3, feedforward_channels=24
                ),
                img_size=32,
                patch_size=16,
                num_frames=2,
            ),
            cls_head=dict(
                type='MultiTaskHead',
                trunk=TRUNKS['attention'],
                num_classes=dict(verb=VERBS, noun=NOUNS),
            ),
        )
    )
    losses = recognizer.loss(torch.randn(2, 1, 3, 2, 32, 32), samples((1, 5), (3, 0)))
    total, logged = recognizer.parse_losses(losses)
    torch.testing.assert_close(total, losses['loss_verb'] + losses['loss_noun'])
    assert {'loss', 'loss_verb', 'loss_noun', 'verb_top1_acc'} <= set(logged)
    total.backward()
    assert all(p.grad is not None for p in recognizer.parameters())
    classifier = recognizer.cls_head.trunk.fc_cls.weight.grad
    assert (classifier.abs().sum(dim=1) > 0).all()

    (first, second) = recognizer.predict(
        torch.randn(2, 3, 3, 2, 32, 32), samples((1, 5), (3, 0))
    )
    assert first.pred_score['verb'].shape == (VERBS,)
    assert not torch.equal(first.pred_score['verb'], second.pred_score['verb'])


def test_a_task_learns_only_from_its_own_labels():
    head = build()
    x = torch.randn(2, 5, 12)
    head.loss(x, samples((1, 5), (3, 0)))['loss_noun'].backward()
    gradient = head.trunk.fc_cls.weight.grad
    assert (gradient[:VERBS] == 0).all() and (gradient[VERBS:] != 0).any()
    assert head.trunk.fc_hidden.weight.grad.abs().sum() > 0


@pytest.mark.parametrize('average_clips', ['prob', 'score', None])
def test_views_are_averaged(average_clips):
    head = build(average_clips=average_clips).eval()
    x = torch.randn(6, 5, 12)
    predictions = head.predict(x, [ActionDataSample(), ActionDataSample()])
    scores = head(x)
    for i, prediction in enumerate(predictions):
        for task in ('verb', 'noun'):
            views = scores[task][3 * i : 3 * i + 3]
            expected = {
                'prob': views.softmax(dim=1).mean(dim=0),
                'score': views.mean(dim=0),
                None: views,
            }[average_clips]
            torch.testing.assert_close(prediction.pred_score[task], expected)
        if average_clips is not None:
            best = [prediction.pred_score[t].argmax().item() for t in ('verb', 'noun')]
            assert prediction.pred_label.tolist() == best


def test_probabilities_of_all_tasks_are_labels_too():
    """Labels as MixupBlending makes them from the data set's multi_class labels."""
    mixup = MODELS.build(dict(type='MixupBlending', num_classes=VERBS + NOUNS, alpha=1.0))
    batch = samples(*(torch.zeros(VERBS + NOUNS) for _ in range(3)))
    for sample, (verb, noun) in zip(batch, [(1, 5), (3, 0), (0, 2)]):
        sample.gt_label[[verb, VERBS + noun]] = 1
    x, mixed = mixup(torch.randn(3, 5, 12), batch)
    head = build(label_smooth_eps=0.1)
    losses = head.loss(x, mixed)
    scores = head(x)
    for task, part in [('verb', slice(0, VERBS)), ('noun', slice(VERBS, None))]:
        targets = [
            [0.9 * p + 0.1 / len(s.gt_label[part]) for p in s.gt_label[part].tolist()]
            for s in mixed
        ]
        expected = cross_entropy(scores[task], targets)
        assert losses[f'loss_{task}'].item() == pytest.approx(expected, rel=1e-5)
    assert set(losses) == {'loss_verb', 'loss_noun'}


@pytest.mark.parametrize(
    ('label', 'message'),
    [
        (
            torch.tensor([0.7, 4.3]),
            r'gt_label must have 2 class numbers \(verb, noun\) or 10',
        ),
        (torch.tensor([3]), r'got torch\.int64 of shape \(1,\)'),
        (torch.tensor([1] * 10), r'got torch\.int64 of shape \(10,\)'),
        (torch.tensor([1, 6]), r'the noun must be from 0 to 5, got \[6\]'),
        (torch.tensor([-1, 0]), r'the verb must be from 0 to 3, got \[-1\]'),
    ],
)
def test_other_labels_are_refused(label, message):
    with pytest.raises(ValueError, match=message):
        build().loss(torch.randn(1, 5, 12), samples(label))


def test_bad_arguments_are_named():
    trunk = TRUNKS['average']
    for num_classes in (dict(), dict(verb=0, noun=3)):
        with pytest.raises(ValueError, match='num_classes must have at least one class'):
            MODELS.build(dict(type='MultiTaskHead', trunk=trunk, num_classes=num_classes))
    with pytest.raises(ValueError, match='trunk must not set num_classes'):
        MODELS.build(
            dict(
                type='MultiTaskHead',
                trunk=dict(trunk, num_classes=5),
                num_classes=dict(verb=2),
            )
        )
