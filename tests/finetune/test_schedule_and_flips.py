"""Schedules for other numbers of epochs, and flips of classes that say left or right."""

import pytest

from projects.xvit.finetune.flips import new_flips, sided_classes
from projects.xvit.finetune.schedule import STEPS, enough_epochs, stretch


def test_warm_up_and_decay_keep_their_shares():
    old = [
        dict(type='LinearLR', start_factor=0.1, end=5, convert_to_iter_based=True),
        dict(type='CosineAnnealingLR', begin=5, end=30, T_max=25),
    ]
    assert stretch(old, 90 / 30) == [
        dict(type='LinearLR', start_factor=0.1, end=15, convert_to_iter_based=True),
        dict(type='CosineAnnealingLR', begin=15, end=90, T_max=75),
    ]
    half = dict(begin=2.5, end=15, T_max=12.5, convert_to_iter_based=True)
    assert stretch(old, 0.5)[1] == dict(type='CosineAnnealingLR', **half)


def test_milestones_stay_whole_epochs():
    steps = dict(type='MultiStepLR', milestones=[10, 15], gamma=0.1)
    assert stretch([steps], 6 / 18)[0]['milestones'] == [3, 5]
    assert stretch([steps], 1 / 18)[0]['milestones'] == [1, 1]
    assert stretch([dict(type='StepLR', step_size=4)], 0.5)[0]['step_size'] == 2
    assert steps['milestones'] == [10, 15]


def test_schedulers_that_count_iterations_are_kept():
    by_iter = dict(type='LinearLR', by_epoch=False, end=500)
    assert stretch([by_iter], 0.1) == [by_iter]


@pytest.mark.parametrize(('steps', 'epochs'), [(10, STEPS // 10), (3, 334), (5000, 8)])
def test_small_sets_get_more_epochs(steps, epochs):
    assert enough_epochs(8, steps) == epochs


def test_left_and_right_are_found_as_words():
    names = ['Turning left', 'moving_right', 'right', 'bright', 'upright', 'leftover', 'up']
    assert sided_classes(names) == [0, 1, 2]


FLIP = dict(type='Flip', flip_ratio=0.5)


@pytest.mark.parametrize(
    ('step', 'classes', 'multi', 'new'),
    [
        (FLIP, ['up', 'down'], False, None),
        (FLIP, ['up', 'left'], False, dict(type='LabelAwareFlip', fixed_labels=[1])),
        (FLIP, ['up', 'left'], True, dict(type='Flip', flip_ratio=0)),
        # The old data set's labels mean nothing here.
        (dict(FLIP, flip_label_map={1: 0}), ['up', 'down'], False, dict(type='Flip')),
        (
            dict(FLIP, type='LabelAwareFlip', fixed_labels=[86]),
            ['right', 'up'],
            False,
            dict(type='LabelAwareFlip', fixed_labels=[0]),
        ),
        (dict(FLIP, direction='vertical'), ['left', 'right'], False, None),
        (dict(FLIP, flip_ratio=0), ['left', 'right'], False, None),
    ],
)
def test_flips_fit_the_classes(step, classes, multi, new):
    found = new_flips([dict(type='Resize'), step], classes, multi)
    assert found == ({} if new is None else {1: dict(flip_ratio=0.5) | new})
