"""The second move: frames that are far apart are paired for attention, then parted."""

from torch import Tensor

Level = int | str | None


def check_level(level: Level) -> None:
    """Raise ``ValueError`` unless ``level`` is ``None``, ``'all'`` or an int from 1 up."""
    is_level = isinstance(level, int) and not isinstance(level, bool) and level >= 1
    if not (is_level or level is None or level == 'all'):
        raise ValueError(
            f"a leap level must be an integer of at least 1, None or 'all', got {level!r}"
        )


def leap_grid(num_frames: int, level: Level) -> tuple[int, int, int]:
    """Which frames attend together, as a grid of frames.

    LAPS, arXiv 2207.05526, leap attention: with the leap ``L = T // 2 ** level``, walking t
    upward, every frame not yet taken pairs with t + L. So the frames 0 to L - 1 pair with L
    to 2L - 1, and so on in runs of 2L frames. Level 1 pairs the two halves of the clip, the
    highest level pairs neighbours.

    Args:
        num_frames (int): Frames T of the clip.
        level (int | str | None): Level, from 1; ``None`` keeps every frame alone (spatial
            attention), ``'all'`` joins all T (joint space-time attention).

    Returns:
        tuple[int, int, int]: ``(runs, members, leap)`` with the product T. Frame
        ``(run * members + member) * leap + i`` attends to the frames that differ from it in
        ``member`` only.

    Raises:
        ValueError: If ``level`` is no level, or T is not divisible by ``2 ** level``.
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

    ``None``, ``'all'`` and a leap of one frame give a view, if the frames are contiguous in
    memory. Other levels copy once.

    Args:
        x (Tensor): ``(N * T, S, ...)``, frames along the first axis.
        num_frames (int): T.
        level (int | str | None): See :func:`leap_grid`.

    Returns:
        Tensor: ``(N * T / 2, 2 * S, ...)`` ordered by the earlier frame,
        whose tokens come first; ``(N * T, S, ...)`` for ``None``, ``(N, T * S, ...)`` for
        ``'all'``.

    Raises:
        ValueError: If T is not divisible by ``2 ** level``.
    """
    _, members, leap = leap_grid(num_frames, level)
    x = x.unflatten(0, (-1, members, leap)).transpose(1, 2)
    return x.flatten(2, 3).flatten(0, 1)


def unpair(x: Tensor, num_frames: int, level: Level) -> Tensor:
    """The inverse of :func:`pair`. It copies only where the leap exceeds one frame.

    Args:
        x (Tensor): ``(N * T / 2, 2 * S, ...)``, or what :func:`pair` gives for ``level``.
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
