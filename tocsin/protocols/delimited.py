"""Streams of text frames that end with a mark."""


def split_at(buffer: bytes, end: bytes, *, strip: bytes = b"\r\n", keep: bool = False) -> tuple[list[bytes], bytes]:
    """Cut at each end mark and leave out what `strip` names around the frames. `keep`: the mark stays on its frame."""
    *found, rest = buffer.split(end)
    frames = [stripped + end if keep else stripped for frame in found if (stripped := frame.strip(strip))]
    return frames, rest.lstrip(strip)
