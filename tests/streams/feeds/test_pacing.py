"""When fetched pieces are shown, on clocks that are only numbers."""

from __future__ import annotations

from random import Random

import pytest

from streams.feeds.pacing import Pacing

HZ = 90_000
EPOCH = 7_000_000_000
PIECE = 6 * HZ
WRAP = 1 << 33


def test_the_first_piece_is_shown_when_it_is_there_and_the_next_follows_on() -> None:
    pacing = Pacing()
    assert pacing.place(1_000, PIECE, 0, EPOCH) == EPOCH
    assert pacing.place(1_000 + PIECE, PIECE, 0, EPOCH + 9_000) == EPOCH + PIECE
    assert pacing.at(0, 1_000 + PIECE + 5) == EPOCH + PIECE + 5


def test_a_short_playlist_is_waited_for() -> None:
    assert Pacing().place(0, PIECE, 0, EPOCH, hold=2 * PIECE) == EPOCH + 2 * PIECE


@pytest.mark.parametrize("ppm", [-200, 0, 200])
def test_a_day_of_drift_neither_runs_dry_nor_piles_up(ppm: int) -> None:
    """27 hours of pieces of six seconds, polled at random; the count goes round on the way."""
    pacing, chance = Pacing(), Random(ppm)
    start = WRAP - 5 * 3600 * HZ
    last = EPOCH
    for number in range(27 * 600):
        made = number * PIECE * 1_000_000 // (1_000_000 + ppm)
        # The first three are there at once; later ones when the next poll finds them.
        there = EPOCH + max(0, made - 2 * PIECE + chance.randrange(3 * HZ))
        begins = pacing.place((start + number * PIECE) % WRAP, PIECE, 0, there)
        assert abs(begins - last - PIECE) <= PIECE // 2_000 + 1 or number == 0
        last = begins
        if number > 3:
            assert 0 < begins - there < 4 * PIECE
    assert pacing.anchored == 1


def test_a_new_count_goes_on_where_the_last_piece_ended() -> None:
    pacing = Pacing()
    pacing.place(500_000, PIECE, 3, EPOCH)
    assert pacing.place(77, PIECE, 4, EPOCH + HZ) == EPOCH + PIECE
    assert pacing.at(4, 77 + HZ) == EPOCH + PIECE + HZ
    assert pacing.at(3, 500_000) == EPOCH


def test_a_count_that_jumps_unannounced_is_anchored_anew() -> None:
    pacing = Pacing()
    pacing.place(500_000, PIECE, 0, EPOCH)
    assert pacing.place(500_000 + 100 * PIECE, PIECE, 0, EPOCH + HZ) == EPOCH + PIECE
    assert pacing.anchored == 2


def test_what_is_missing_leaves_a_hole_of_its_length() -> None:
    pacing = Pacing()
    pacing.place(0, PIECE, 0, EPOCH)
    begins = pacing.place(2 * PIECE, PIECE, 0, EPOCH + PIECE, missing=PIECE)
    assert begins == EPOCH + 2 * PIECE
    assert pacing.anchored == 1


def test_a_piece_after_its_turn_is_shown_now() -> None:
    pacing = Pacing()
    pacing.place(0, PIECE, 0, EPOCH)
    assert pacing.place(PIECE, PIECE, 0, EPOCH + 3 * PIECE) == EPOCH + 3 * PIECE


def test_pieces_that_run_away_into_the_future_are_brought_back() -> None:
    pacing = Pacing()
    begins = 0
    for number in range(50):
        begins = pacing.place(number * 3 * PIECE, PIECE, 0, EPOCH + number * HZ, 2 * PIECE)
        assert begins - (EPOCH + number * HZ) < 90 * HZ + number * PIECE
    assert pacing.anchored > 1


def test_references_of_the_past_are_forgotten() -> None:
    pacing = Pacing()
    for number in range(1_000):
        pacing.place(0, PIECE, number, EPOCH + number * PIECE)
    assert pacing.at(0, 0) is None
    assert pacing.at(999, 0) is not None
