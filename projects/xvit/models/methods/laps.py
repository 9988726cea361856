"""LAPS' moves, whatever the image model."""

from collections.abc import Sequence

from ...checks import check_flag, check_integer
from ...ops.leap import Level, check_level


def laps_moves(
    name: str, levels: Sequence[Level], shift_div: int, shift_per_head: bool
) -> list[list[dict]]:
    """Leap attention of each level, and P-Shift of its output (arXiv 2207.05526).

    Args:
        name (str): The argument that ``levels`` is, for errors.
        levels (Sequence[int | str | None]): A level for each layer, see :class:`Leap`.
        shift_div (int): A neighbour frame gives ``d // shift_div`` channels; 0 none.
        shift_per_head (bool): Of each head's d channels, not of all C.

    Raises:
        TypeError: If ``shift_div`` is no integer.
        ValueError: If ``levels`` is not a flat, filled list of levels.
    """
    if not isinstance(levels, list | tuple) or not levels:
        raise ValueError(f'{name} must be a list of leap levels, got {levels!r}')
    for level in levels:
        if isinstance(level, list | tuple):
            raise ValueError(f'{name} must be a flat list of leap levels, got {levels!r}')
        try:
            check_level(level)
        except ValueError as error:
            raise ValueError(f'{name}: {error}') from None
    check_integer('shift_div', shift_div, least=0)
    check_flag('shift_per_head', shift_per_head)
    shift = dict(type='ChannelShift', at='output', div=shift_div, per_head=shift_per_head)
    return [
        ([] if level is None else [dict(type='Leap', level=level)])
        + ([shift] if shift_div else [])
        for level in levels
    ]
