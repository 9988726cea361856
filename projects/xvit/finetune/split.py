"""Training and validation videos: stratified, seeded, with whole groups."""

import random
from collections import Counter, defaultdict

from .videos import Video, class_names

ATTEMPTS = 100


def split_videos(videos: list[Video], fraction: float, seed: int) -> list[Video]:
    """Return the videos with their split, in the same order.

    Every class gets about ``fraction`` of its videos for validation, and at least one in
    each split. A group is never divided. Videos may have several labels: the rarest label
    is served first (iterative stratification, Sechidis et al., ECML PKDD 2011).

    Args:
        videos: With a split, which is then checked and kept, or all without.
        fraction: Of the videos for validation, above 0 and below 1.
        seed: Of the random choice.

    Raises:
        ValueError: If a class cannot be in both splits, or the given split lacks one.
    """
    classes = class_names(videos)
    if len(classes) < 2:
        raise ValueError(f'there must be at least 2 classes, got {", ".join(classes)}')
    if videos[0].split is not None:
        _check_given(videos)
        return videos
    _check_counts(videos)
    groups = defaultdict(list)
    for index, video in enumerate(videos):
        groups[('one', index) if video.group is None else ('all', video.group)].append(
            video
        )
    random_numbers = random.Random(seed)
    for _ in range(ATTEMPTS):
        order = list(groups)
        random_numbers.shuffle(order)
        held_out = _choose({key: groups[key] for key in order}, fraction)
        paths = {video.path for key in held_out for video in groups[key]}
        chosen = [v._replace(split='val' if v.path in paths else 'train') for v in videos]
        missing = _missing(chosen)
        if not missing:
            return chosen
    raise ValueError(
        f'no split has the classes {", ".join(missing)} in both training and validation '
        f'videos ({ATTEMPTS} were tried): choose one in a column "split" of --csv'
    )


def _choose(groups: dict, fraction: float) -> set:
    """Return the keys of the groups for validation. The first ones are preferred."""
    counts = {
        key: Counter(name for video in members for name in video.labels)
        for key, members in groups.items()
    }
    totals = sum(counts.values(), Counter())
    wanted = {name: max(1, round(fraction * total)) for name, total in totals.items()}
    held_out, assigned, have = set(), set(), Counter()
    for name in sorted(totals, key=lambda name: (totals[name], name)):
        with_name = [key for key in groups if counts[key][name]]
        free = [key for key in with_name if key not in assigned]
        left = len(set(with_name) - held_out)
        for key in free:
            size = counts[key][name]
            # A group that overshoots is taken if that is nearer than to go without.
            room = wanted[name] - have[name]
            if left > 1 and room > 0 and (2 * room >= size or not have[name]):
                held_out.add(key)
                have += counts[key]
                left -= 1
        assigned.update(free)
    return held_out


def _missing(videos: list[Video]) -> list[str]:
    """Return the classes that are not in both splits."""
    train, val = (
        set(class_names([video for video in videos if video.split == split]))
        for split in ('train', 'val')
    )
    return sorted(train ^ val)


def _check_counts(videos: list[Video]) -> None:
    groups = defaultdict(set)
    for index, video in enumerate(videos):
        for name in video.labels:
            groups[name].add(index if video.group is None else video.group)
    single = [name for name in sorted(groups) if len(groups[name]) == 1]
    if single:
        kind = (
            'video' if all(video.group is None for video in videos) else 'group of videos'
        )
        raise ValueError(
            f'classes with only one {kind}: {", ".join(single)}. Training and '
            'validation need one each: add videos, or remove or merge the classes'
        )


def _check_given(videos: list[Video]) -> None:
    by_split, splits = defaultdict(list), {}
    for video in videos:
        by_split[video.split].append(video)
        group = video.group or video.path
        if splits.setdefault(group, video.split) != video.split:
            raise ValueError(
                f'the group {group!r} is in the splits {splits[group]} and {video.split}; '
                'a group must be in one'
            )
    for split in ('train', 'val'):
        if not by_split[split]:
            raise ValueError(f'no video has the split {split!r}, which is needed')
    known = set(class_names(by_split['train']))
    for split in ('val', 'test'):
        unknown = sorted(set(class_names(by_split[split])) - known)
        if unknown:
            raise ValueError(
                f'labels in the split {split!r} that no training video has: '
                f'{", ".join(unknown)}'
            )
