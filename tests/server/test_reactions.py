from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chat.deskwords import CloseWindow, OpenWindow, PlanWindow
from schedule import runofshow
from schedule.commands import ClearSlate, EndItem, Extend, Move, Slate, Take
from schedule.programme_file import builtin
from schedule.show import Show
from server.access.actor import SYSTEM
from server.reactions import DESK, REACTIONS, RECORDINGS, opening
from server.reactor import Asked
from streams.commands import PutOnAir, Reword
from streams.recordings.recordings import ReportRecorded

DAY = builtin("topmoede_2021")
WINDOW = DAY.item("18")


def after(show: Show, command: object, now: object) -> tuple[Show, list[tuple[str, Asked]]]:
    """The show after a command, and what the reactions ask for in the order of the events."""
    asked: list[tuple[str, Asked]] = []
    events = runofshow.decide(show, command, SYSTEM, now)  # type: ignore[arg-type]
    for seq, event in enumerate(events, 1):
        show = runofshow.evolve(show, event, seq=seq, at=WINDOW.start)
    for event in events:
        for reaction in REACTIONS:
            if isinstance(event, reaction.event) and (found := reaction.rule(event, show)):
                asked.append((reaction.name, found))
    return show, asked


def desk_only(asked: list[tuple[str, Asked]]) -> list[tuple[str, object]]:
    return [(name, command) for name, (topic, command) in asked if topic == DESK]


def test_the_committees_item_opens_its_window_and_closes_it() -> None:
    show, opened = after(runofshow.initial(DAY), Take("18"), WINDOW.start)
    _, closed = after(show, EndItem("18"), WINDOW.end)

    assert desk_only(opened) == [("open-window", OpenWindow("18", WINDOW.start, WINDOW.end))]
    assert desk_only(closed) == [("close-window", CloseWindow("18"))]


def test_a_window_that_moves_is_told_to_the_desk() -> None:
    later = WINDOW.start + timedelta(minutes=10)
    _, asked = after(runofshow.initial(DAY), Move("18", later), DAY.items[0].start)

    assert desk_only(asked) == [
        ("plan-window", PlanWindow("18", later, WINDOW.end + timedelta(minutes=10)))
    ]


def test_an_open_window_that_is_to_close_later_is_told_to_the_desk() -> None:
    show, _ = after(runofshow.initial(DAY), Take("18"), WINDOW.start)
    _, asked = after(show, Extend("18", 5), WINDOW.start + timedelta(minutes=1))

    later = OpenWindow("18", WINDOW.start, WINDOW.end + timedelta(minutes=5))
    assert desk_only(asked) == [("move-window", later)]


def test_other_items_leave_the_desk_alone() -> None:
    _, asked = after(runofshow.initial(DAY), Take("01"), DAY.items[0].start)

    assert desk_only(asked) == []


def test_a_window_opened_late_says_when_it_really_opened() -> None:
    late = WINDOW.start + timedelta(minutes=5)
    _, asked = after(runofshow.initial(DAY), Take("18"), late)
    ((_, command),) = desk_only(asked)

    assert isinstance(command, OpenWindow)
    assert command == replace(command, opens=late)


def on_channels(asked: list[tuple[str, Asked]]) -> list[tuple[str, str, str | None]]:
    """Channel, kind and item of everything that is put on the air."""
    return [
        (topic, command.content.kind, command.item)
        for _, (topic, command) in asked
        if isinstance(command, PutOnAir)
    ]


def test_a_live_item_puts_its_source_on_main() -> None:
    _, asked = after(runofshow.initial(DAY), Take("01"), DAY.items[0].start)
    puts = [command for _, (_, command) in asked if isinstance(command, PutOnAir)]

    assert on_channels(asked) == [("channel:main", "live", "01")]
    assert puts[0].content.source == "kl-huset"


def test_oplaeg_go_on_channels_of_their_own_and_off_again() -> None:
    start, end = DAY.item("14").start, DAY.item("15").start
    show, began = after(runofshow.initial(DAY), Take("14"), start)
    _, ended = after(show, Take("15", after="14"), end)
    own = [(f"channel:oplaeg-{n}", f"oplaeg-{n}") for n in (1, 2, 3)]

    assert on_channels(began) == [
        ("channel:main", "slate", "14"),
        *((channel, "film", item) for channel, item in own),
    ]
    assert on_channels(ended) == [
        *((channel, "slate", item) for channel, item in own),
        ("channel:main", "slate", "15"),
    ]


def test_theme_meetings_on_demand_go_on_no_channel() -> None:
    _, asked = after(runofshow.initial(DAY), Take("17"), DAY.item("17").start)

    assert on_channels(asked) == [("channel:main", "slate", "17")]


def test_a_slate_covers_the_item_and_gives_it_back() -> None:
    now = DAY.items[0].start
    show, _ = after(runofshow.initial(DAY), Take("01"), now)
    show, covered = after(show, Slate("Vi venter på lyden"), now)
    _, uncovered = after(show, ClearSlate(), now)

    assert on_channels(covered) == [("channel:main", "slate", "01")]
    assert on_channels(uncovered) == [("channel:main", "live", "01")]


def test_a_break_that_takes_longer_is_reworded_and_not_put_on_anew() -> None:
    break_ = DAY.item("06")
    show, _ = after(runofshow.initial(DAY), Take("06"), break_.start)
    _, asked = after(show, Extend("06", 10), break_.start)

    assert ("reword", ("channel:main", Reword("Pause", "Vi er tilbage kl. 10.45"))) in asked
    assert on_channels(asked) == []


def test_the_end_of_the_day_stays_on_main() -> None:
    _, asked = after(runofshow.initial(DAY), Take("22"), DAY.items[-1].start)

    assert on_channels(asked) == [("channel:main", "slate", "22")]


def test_before_the_day_main_says_when_it_begins() -> None:
    topic, command = opening(runofshow.initial(DAY)) or ("", None)

    assert topic == "channel:main"
    assert isinstance(command, PutOnAir)
    assert command.content.text == "Vi begynder kl. 09.00"


def test_a_day_that_has_begun_opens_no_doors() -> None:
    show, _ = after(runofshow.initial(DAY), Take("01"), DAY.items[0].start)

    assert opening(show) is None


def test_names_of_reactions_are_their_own() -> None:
    names = [reaction.name for reaction in REACTIONS]

    assert len(set(names)) == len(names)


def test_what_was_shown_for_its_own_sake_becomes_a_recording_when_it_ends() -> None:
    first, second = DAY.items[0], DAY.items[1]
    show, taken = after(runofshow.initial(DAY), Take(first.id), first.start)
    assert not [name for name, _ in taken if name == "report-recorded"]
    _, asked = after(show, Take(second.id, first.id), second.start)
    assert ("report-recorded", (RECORDINGS, ReportRecorded(first.id, 1))) in asked


def test_a_break_becomes_no_recording_and_neither_does_what_was_never_shown() -> None:
    pause = next(item for item in DAY.items if item.kind == "break")
    following = DAY.items[DAY.items.index(pause) + 1]
    show, skipped = after(runofshow.initial(DAY), Take(pause.id), pause.start)
    _, asked = after(show, Take(following.id, pause.id), following.start)
    for told in (skipped, asked):
        assert not [name for name, _ in told if name == "report-recorded"]
