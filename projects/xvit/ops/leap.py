"""The second move: frames that are far apart attend together, and part again."""

from torch import Tensor

Level = int | str | None


def check_level(level: Level) -> None:
    """Raise ``ValueError`` unless ``level`` is ``None``, ``'all'`` or an int from 1 up.

    A level above 30 would ask for more than a thousand million frames.
    """
    is_level = isinstance(level, int) and not isinstance(level, bool) and 1 <= level <= 30
    if not (is_level or level is None or level == 'all'):
        raise ValueError(
            "a leap level must be an integer of at least 1, None or 'all', and at most 30, "
            f'got {level!r}'
        )


def leap_grid(num_frames: int, level: Level) -> tuple[int, int, int]:
    """The frame axis cut so that the frames that meet lie along one axis.

    LAPS, arXiv 2207.05526, leap attention: with the leap ``L = T // 2 ** level``, walking t
    upward, every frame not yet taken pairs with t + L. So the frames 0 to L - 1 pair with L
    to 2L - 1, and so on by runs of 2L frames: level 1 joins the clip's halves, the highest
    level neighbours.

    Args:
        num_frames (int): Frames T of the clip.
        level (int | str | None): Level, from 1; ``None`` lets no frames meet (spatial
            attention), ``'all'`` lets all T (joint space-time attention).

    Returns:
        tuple[int, int, int]: ``(runs, members, leap)`` with the product T; frame
        ``(run * members + member) * leap + i`` meets those of the other members.

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
    """Make one sequence of the tokens of the frames that meet.

    A view where one exists: for ``None``, ``'all'`` and the level with a leap of one
    frame, if a frame's tokens lie behind the previous frame's. One copy otherwise.

    Args:
        x (Tensor): ``(N * T, S, ...)``, frames along the first axis.
        num_frames (int): T.
        level (int | str | None): See :func:`leap_grid`.

    Returns:
        Tensor: ``(N * T / 2, 2 * S, ...)`` ordered by the earlier frame,
        whose tokens come first; ``(N * T, S, ...)`` for ``None``, ``(N, T * S, ...)`` for
        ``'all'``.

    Raises:
        ValueError: If T is not divisible by ``2 ** level``, or by the first axis.
    """
    _, members, leap = leap_grid(num_frames, level)
    if x.ndim < 3 or x.shape[0] % num_frames:
        raise ValueError(
            f'x must be (N * T, S, ...) with T={num_frames} frames, '
            f'got shape {tuple(x.shape)}'
        )
    x = x.unflatten(0, (-1, members, leap)).transpose(1, 2)
    return x.flatten(2, 3).flatten(0, 1)


def unpair(x: Tensor, num_frames: int, level: Level) -> Tensor:
    """The inverse of :func:`pair`; it too copies only where the leap exceeds one frame.

    Args:
        x (Tensor): ``(N * T / 2, 2 * S, ...)``, or what :func:`pair` gives for ``level``.
        num_frames (int): T.
        level (int | str | None): The level of the pairing.

    Returns:
        Tensor: ``(N * T, S, ...)``.

    Raises:
        ValueError: If T is not divisible by ``2 ** level``, or the shape is no pairing's.
    """
    _, members, leap = leap_grid(num_frames, level)
    groups = num_frames // members
    if x.ndim < 3 or x.shape[0] % groups or x.shape[1] % members:
        raise ValueError(
            f'x must be (N * {groups}, {members} * S, ...) for T={num_frames} frames and '
            f'leap level {level!r}, got shape {tuple(x.shape)}'
        )
    x = x.unflatten(0, (-1, leap)).unflatten(2, (members, -1))
    return x.transpose(1, 2).flatten(0, 2)
