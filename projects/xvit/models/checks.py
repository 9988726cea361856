"""What every constructor demands of its sizes."""


def check_positive(name: str, value: int) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless ``value`` is an integer from 1 up."""
    if not isinstance(value, int):
        raise TypeError(f'{name} must be an integer, got {value!r}')
    if value < 1:
        raise ValueError(f'{name} must be at least 1, got {value}')
