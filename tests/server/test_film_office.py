from __future__ import annotations

import pytest

from schedule.programme_file import builtin
from schedule.show import initial
from server.film_office import fit_of

SHOW = initial(builtin("topmoede_2021"))


@pytest.mark.parametrize(
    ("item", "length_s", "room_s", "shared_by", "over_s"),
    [
        ("tema-1", 1400.0, 1400.0, 3, 0.0),
        ("tema-1", 1480.0, 1400.0, 3, 80.0),
        ("tema-1", 300.0, 1400.0, 3, 0.0),
        ("oplaeg-1", 1880.0, 1800.0, 1, 80.0),
        ("oplaeg-1", 1740.0, 1800.0, 1, -60.0),
        ("oplaeg-1", None, 1800.0, 1, 0.0),
    ],
)
def test_a_film_is_told_how_it_fits(
    item: str, length_s: float | None, room_s: float, shared_by: int, over_s: float
) -> None:
    entry = SHOW.find(item)
    assert entry is not None
    fit = fit_of(SHOW, entry, length_s)
    assert (fit["room_s"], fit["shared_by"], fit["over_s"]) == (room_s, shared_by, over_s)
