from __future__ import annotations

from datetime import timedelta

import pytest

from schedule import runofshow
from schedule.commands import Extend, Slate, Take
from schedule.programme_file import builtin
from schedule.show import Show, ShowItem
from server.access.actor import SYSTEM
from server.on_air import covering_words, has_own_channel, own_channels, words_of

DAY = builtin("topmoede_2021")
START = DAY.items[0].start


def a_show(*commands: object) -> Show:
    show = runofshow.initial(DAY)
    for command in commands:
        for event in runofshow.decide(show, command, SYSTEM, START):
            show = runofshow.evolve(show, event, seq=1, at=START)
    return show


def entry(show: Show, item: str) -> ShowItem:
    found = show.find(item)
    assert found is not None
    return found


def test_a_break_says_when_it_goes_on_in_the_programmes_own_hours() -> None:
    show = a_show()
    words = words_of(show, entry(show, "06"))

    assert (words.title, words.text) == ("Pause", "Vi er tilbage kl. 10.35")
    assert words.until == DAY.item("06").end


def test_a_break_that_takes_longer_says_so() -> None:
    show = a_show(Take("01"), Extend("06", 10))
    words = words_of(show, entry(show, "06"))

    assert words.text == "Vi er tilbage kl. 10.45"
    assert words.until == DAY.item("06").end + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("slot", "hour", "first", "many"), [("14", "13.30", "Oplæg 1", 3), ("17", "15.40", "Tema", 5)]
)
def test_while_people_choose_the_slate_says_what_there_is(
    slot: str, hour: str, first: str, many: int
) -> None:
    show = a_show()
    words = words_of(show, entry(show, slot))

    assert words.text == f"Vi samles igen kl. {hour}"
    assert len(words.choices) == many
    assert words.choices[0].startswith(first)


def test_lunch_is_for_talking() -> None:
    show = a_show()
    words = words_of(show, entry(show, "12"))

    assert "12.55" in words.text


def test_the_end_says_thanks_and_no_hour() -> None:
    show = a_show()

    assert words_of(show, entry(show, "22")).until is None
    assert words_of(show, entry(show, "22")).title == "Tak for topmødet"


def test_a_person_may_cover_an_item_with_words_or_without() -> None:
    assert (
        covering_words(a_show(Take("01"), Slate("Vi venter på lyden"))).title
        == "Vi venter på lyden"
    )
    assert covering_words(a_show(Take("01"), Slate())).title == "Vi er straks tilbage"


def test_oplaeg_have_channels_of_their_own_and_theme_meetings_have_none() -> None:
    show = a_show()

    assert own_channels(show) == ("oplaeg-1", "oplaeg-2", "oplaeg-3")
    assert not has_own_channel(entry(show, "01"))
    assert not has_own_channel(entry(show, "18"))
