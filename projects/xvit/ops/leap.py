"""Leap: pair frames that are far apart for attention, and split the pairs again."""

from torch import Tensor

Level = int | str | None


def check_level(level: Level) -> None:
    """Raise ``ValueError`` unless ``level`` is ``None``, ``'all'`` or an int above 0."""
    is_level = isinstance(level, int) and not isinstance(level, bool) and level >= 1
    if not (is_level or level is None or level == 'all'):
        raise ValueError(
            f"a leap level must be an integer of at least 1, None or 'all', got {level!r}"
        )


def leap_grid(num_frames: int, level: Level) -> tuple[int, int, int]:
    """The frames that attend together, as a grid of frames.

    In LAPS's leap attention (arXiv 2207.05526), with the leap ``L = T // 2 ** level``,
    frames 0 to L - 1 pair with frames L to 2L - 1, and so on in runs of 2L frames. Level 1
    pairs the two halves of the clip, the highest level pairs neighbours.

    Args:
        num_frames (int): Frames T of the clip.
        level (int | str | None): At least 1; ``None`` pairs none (spatial attention),
            ``'all'`` joins all T (joint space-time attention).

    Returns:
        tuple[int, int, int]: ``(runs, members, leap)``, whose product is T. Frame
        ``(run * members + member) * leap + i`` attends to the frames that differ only in
        ``member``.

    Raises:
        ValueError: If ``level`` is invalid, T < 1, or ``2 ** level`` does not divide T.
    """
    check_level(level)
    if num_frames < 1:
        raise ValueError(f'the number of frames must be at least 1, got {num_frames}')
    if level is None:
        return num_frames, 1, 1
    if level == 'all':
        return 1, num_frames, 1
    if num_frames % 2**level:
        raise ValueError(
            f'the number of frames must be divisible by 2 ** level = {2**level} for leap '
            f'level {level}, got {num_frames}'
        )
    leap = num_frames // 2**level
    return 2 ** (level - 1), 2, leap


def pair(x: Tensor, num_frames: int, level: Level) -> Tensor:
    """Concatenate the tokens of the frames that attend together.

    ``None``, ``'all'`` and a leap of one frame return a view if the frames are contiguous.
    Otherwise the tokens are copied once.

    Args:
        x (Tensor): ``(N * T, S, ...)``, frames along the first axis.
        num_frames (int): T.
        level (int | str | None): See :func:`leap_grid`.

    Returns:
        Tensor: ``(N * T / 2, 2 * S, ...)`` in the order of the earlier frames, whose tokens
        come first; ``(N * T, S, ...)`` for ``None``, ``(N, T * S, ...)`` for ``'all'``.

    Raises:
        ValueError: If T is not divisible by ``2 ** level``.
    """
    _, members, leap = leap_grid(num_frames, level)
    x = x.unflatten(0, (-1, members, leap)).transpose(1, 2)
    return x.flatten(2, 3).flatten(0, 1)


def unpair(x: Tensor, num_frames: int, level: Level) -> Tensor:
    """The inverse of :func:`pair`. It copies only if the leap exceeds one frame.

    Args:
        x (Tensor): ``(N * T / 2, 2 * S, ...)``, or what :func:`pair` returns for ``level``.
        num_frames (int): T.
        level (int | str | None): The level of the pairing.

    Returns:
        Tensor: ``(N * T, S, ...)``.

    Raises:
        ValueError: If T is not divisible by ``2 ** level``.
    """
    _, members, leap = leap_grid(num_frames, level)
    x = x.unflatten(0, (-1, leap)).unflatten(2, (members, -1))
    return x.transpose(1, 2).flatten(0, 2)
