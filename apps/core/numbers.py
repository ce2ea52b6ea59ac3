"""What counts as an integer in JSON: 60.0 is 60, wherever a whole number is read."""


def whole_of(value: object) -> int | None:
    """The integer that a value is, None if it is none. True and false are none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
