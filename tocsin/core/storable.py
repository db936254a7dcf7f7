"""Text that comes from outside, in a form that every store takes."""


def storable(text: str) -> str:
    """Leave out zero characters, which PostgreSQL refuses, and put "?" for halves of a sign, which are no UTF-8."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
