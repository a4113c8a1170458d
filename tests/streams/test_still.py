from __future__ import annotations

from io import BytesIO
from itertools import islice

from PIL import Image

from streams.boxes import Sample, fragment, video_init
from streams.parameters import parameters_of
from streams.segments import Lane
from streams.slate import BACK_SOON, make_slate
from streams.still import WIDTH_PX, still


def a_part() -> tuple[bytes, bytes]:
    """The init and the first fragment of a slate."""
    units = islice(make_slate(BACK_SOON).access_units(0), 40)
    video = [unit for unit in units if unit.lane is Lane.VIDEO]
    found = parameters_of(video[0].data)
    assert found is not None
    samples = [Sample(unit.data, 3600, 0, unit.key) for unit in video]
    init = video_init(found.sps, found.pps, found.width, found.height)
    return init, fragment(1, 0, samples)


def test_a_still_is_a_small_jpeg_of_the_first_picture() -> None:
    picture = still(*a_part())
    assert picture is not None
    with Image.open(BytesIO(picture)) as image:
        assert image.format == "JPEG"
        assert image.size == (WIDTH_PX, 270)
        assert image.getpixel((5, 5)) > (200, 200, 200)  # type: ignore[operator]


def test_what_cannot_be_decoded_gives_no_still() -> None:
    init, part = a_part()
    assert still(init, part[:60]) is None
    assert still(b"", b"noise") is None
    assert still(init, b"") is None
