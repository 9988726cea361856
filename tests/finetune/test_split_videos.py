"""Stratified, seeded splits: every class on both sides, no group on both."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.xvit.finetune.split import split_videos
from projects.xvit.finetune.videos import Video, class_names


def videos_of(**counts):
    return [
        Video(f'{name}/{i}.mp4', (name,))
        for name, count in counts.items()
        for i in range(count)
    ]


def count(videos, split):
    return Counter(n for video in videos if video.split == split for n in video.labels)


def test_each_class_gives_its_share_and_at_least_one():
    done = split_videos(videos_of(a=40, b=6, c=2, d=13), 0.2, seed=0)
    assert count(done, 'val') == dict(a=8, b=1, c=1, d=3)
    assert count(done, 'train') == dict(a=32, b=5, c=1, d=10)


def test_the_seed_alone_decides():
    videos = videos_of(a=30, b=30)
    assert split_videos(videos, 0.2, 1) == split_videos(videos, 0.2, 1)
    assert split_videos(videos, 0.2, 1) != split_videos(videos, 0.2, 2)
    assert [v._replace(split=None) for v in split_videos(videos, 0.2, 1)] == videos


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from('abcd'), min_size=1), st.integers(0, 9)),
        min_size=8,
        max_size=60,
    ),
    st.floats(0.1, 0.5),
    st.integers(0, 5),
)
def test_no_group_is_divided_and_no_class_lost(rows, fraction, seed):
    videos = [
        Video(f'{i}.mp4', tuple(sorted(labels)), None, str(group))
        for i, (labels, group) in enumerate(rows)
    ]
    try:
        done = split_videos(videos, fraction, seed)
    except ValueError:
        return  # There may be no such split: see the test below.
    groups = {}
    for video in done:
        assert groups.setdefault(video.group, video.split) == video.split
    for split in ('train', 'val'):
        assert set(count(done, split)) == set(class_names(videos))


def test_large_groups_do_not_empty_the_training_videos():
    videos = [Video(f'{i}.mp4', ('ab'[i % 2],), None, str(i // 20)) for i in range(60)]
    done = split_videos(videos, 0.2, seed=0)
    assert count(done, 'val') == dict(a=10, b=10)  # One of the three groups.


def test_several_labels_are_shared_out_too():
    pairs = [('a', 'b'), ('a', 'c'), ('b', 'c'), ('a',)]
    videos = [Video(f'{i}.mp4', pairs[i % 4]) for i in range(80)]
    val = count(split_videos(videos, 0.25, seed=0), 'val')
    assert all(
        abs(val[name] - share) <= 3 for name, share in dict(a=15, b=10, c=10).items()
    )


@pytest.mark.parametrize(
    ('videos', 'message'),
    [
        (videos_of(a=5), 'at least 2 classes, got a'),
        (videos_of(a=5, b=1, c=1), 'only one video: b, c.* add videos, or remove or merge'),
        (
            [Video(f'{i}.mp4', ('ab'[i % 2],), None, 'ab'[i % 2]) for i in range(9)],
            'only one group of videos: a, b',
        ),
        # Two groups, and each class needs both in both splits.
        (
            [
                Video('0.mp4', ('a', 'b'), None, 'g'),
                Video('1.mp4', ('a', 'c'), None, 'h'),
                Video('2.mp4', ('b', 'c'), None, 'i'),
            ],
            r'no split has the classes .* in both .*column "split"',
        ),
    ],
)
def test_classes_that_cannot_be_split_are_named(videos, message):
    with pytest.raises(ValueError, match=message):
        split_videos(videos, 0.2, seed=0)


def given_split(*rows):
    return [Video(f'{i}.mp4', (n,), split, g) for i, (n, split, g) in enumerate(rows)]


def test_a_given_split_is_kept_and_checked():
    rows = [(n, split, None) for n in 'ab' for split in ('train', 'val', 'test')]
    assert split_videos(given_split(*rows), 0.2, 0) == given_split(*rows)
    one = [*rows, ('c', 'train', None)]
    assert split_videos(given_split(*one), 0.2, 0) == given_split(*one)
    unknown = [*rows, ('c', 'val', None)]
    with pytest.raises(
        ValueError, match="in the split 'val' that no training video has: c"
    ):
        split_videos(given_split(*unknown), 0.2, 0)
    with pytest.raises(ValueError, match="no video has the split 'val'"):
        split_videos(given_split(*[row for row in rows if row[1] != 'val']), 0.2, 0)
    both = [*rows, ('a', 'train', 'g'), ('a', 'val', 'g')]
    with pytest.raises(ValueError, match="'g' is in the splits train and val"):
        split_videos(given_split(*both), 0.2, 0)
