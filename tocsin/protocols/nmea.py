"""Coordinates and dates as NMEA 0183 writes them, and as trackers that imitate it do."""

from datetime import datetime

from tocsin.protocols.times import instant


def degrees(text: str, hemisphere: str = "") -> float:
    """Read `dddmm.mmmm`, `mm.mmmm`, `-ddd-mm.mmmm` or `dddmmmmmm`. South and west are negative. Raises `ValueError`.

    >>> degrees("0330.0000", "S")
    -3.5
    """
    text = text.strip()
    if text.startswith("-") and "-" in text[1:]:
        whole, _, minutes = text[1:].partition("-")
    elif "." in text:
        cut = max(text.index(".") - 2, 0)
        whole, minutes = text[:cut], text[cut:]
    else:
        whole, minutes = text[:-6], f"{text[-6:-4]}.{text[-4:]}"
    value = int(whole or 0) + float(minutes) / 60
    return -value if hemisphere in ("S", "W") else value


def moment(time: str, date: str, *, offset_s: int = 0) -> datetime | None:
    """Join `hhmmss` and `ddmmyy`. `None`: one of them is missing or impossible."""
    if len(time) < 6 or len(date) < 6 or not (time[:6] + date[:6]).isdecimal():
        return None
    day, month, year = int(date[:2]), int(date[2:4]), int(date[4:6])
    return instant(year, month, day, int(time[:2]), int(time[2:4]), int(time[4:6]), offset_s=offset_s)
