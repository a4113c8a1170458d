"""A still of a running picture: the first frame of a part that begins with an IDR, as a JPEG."""

from __future__ import annotations

from io import BytesIO

import av

WIDTH_PX = 480
QUALITY = 70


def still(init: bytes, part: bytes, width_px: int = WIDTH_PX) -> bytes | None:
    """A small JPEG of a part's first picture; None where it cannot be decoded.

    Takes some milliseconds of a core; call it in a thread.

    Args:
        init: the init segment of the part's generation.
        part: a fragment that begins with an IDR.
        width_px: of the JPEG.
    """
    try:
        with av.open(BytesIO(init + part), "r", format="mp4") as file:
            frame = next(file.decode(video=0))
            height = max(2, round(frame.height * width_px / frame.width))
            picture = frame.to_image(width=width_px, height=height)  # type: ignore[no-untyped-call]
    except (av.FFmpegError, ValueError, IndexError, StopIteration):
        return None
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
