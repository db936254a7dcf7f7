"""How the people of `tocsin bench ring` are called, for the load and for the database."""

HERE = (-30.0, -120.0)


def imei(number: int) -> str:
    """Give an invented IMEI: no such one was ever issued."""
    return f"9900{number:06d}00017"  # The middle tells them apart: a watch is known by ten digits cut from there.


def name_of(number: int) -> str:
    """Give a name that can be found in a text."""
    return f"Bench-{number:05d}."
