"""Who may act on whom in a room, and by how much.

A host keeps order among the people of the room: deletes any message, gives anyone but another host
or a guest with a badge a time-out, slows the writing down, reads messages before the others do.
Nobody, host or not, changes another person's words: a text is either its author's or gone.

Time-outs climb a ladder. The first is a minute to cool down, the fifth lasts the day; a host may
name the minutes instead, and the rung is climbed all the same.

A message waits for the host when the room is reviewed, or when it holds a word of the host's list;
its author is told that it waits, and never which word it was. Of a closed room all that can be done
is read, and take back what is one's own.
"""

from __future__ import annotations

from datetime import timedelta

from chat.errors import Refused
from chat.pace import Pace
from chat.people import Author, Person

EMOJI = ("👍", "❤️", "👏", "😄", "🤔", "✅")

LADDER_MIN = (1, 5, 10, 30, 24 * 60)
MUTE_MOST_MIN = 24 * 60
SLOW_MODE_MOST_S = 60 * 60

WRITING = Pace(10, timedelta(seconds=10))
TAPPING = Pace(20, timedelta(seconds=10))
ASKING = Pace(3, timedelta(seconds=60))

MENTIONS_MOST = 20
ID_MOST = 64
HEADS_MOST = 500

HELD_PER_PERSON = 5
HELD_PER_ROOM = 200
OPEN_QUESTIONS_PER_PERSON = 5


def hosts(by: Person) -> bool:
    return by.role == "host"


def refuse_edit(by: Person, author_id: str) -> None:
    if by.id != author_id:
        raise Refused("not_yours", "expected your own message, came another person's")


def refuse_delete(by: Person, author_id: str) -> None:
    if by.id != author_id and not hosts(by):
        raise Refused("not_yours", "expected your own message or a host, came another person")


def refuse_mute(by: Person, target: Author) -> None:
    if target.badge is not None or target.id == by.id:
        raise Refused(
            "not_mutable", f"expected a person without a badge, came {target.badge or 'yourself'}"
        )


def refuse_emoji(emoji: str) -> None:
    if emoji not in EMOJI:
        raise Refused("unknown_emoji", f"expected one of {len(EMOJI)} emoji", allowed=list(EMOJI))


def refuse_closed(by: Person, *, closed: bool) -> None:
    if closed and not hosts(by):
        raise Refused("room_closed", "expected an open room, came a closed one")


def tidy_mentions(mentions: tuple[str, ...]) -> tuple[str, ...] | None:
    """Each person once; whoever cannot read the room never hears of it, so nobody is looked up."""
    if len(mentions) > MENTIONS_MOST:
        raise Refused("too_many_mentions", f"expected at most {MENTIONS_MOST} mentions")
    if any(not 0 < len(one) <= ID_MOST for one in mentions):
        raise Refused("bad_mention", "expected the ids of people")
    return tuple(dict.fromkeys(mentions)) or None


def refuse_outside(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Refused(
            "out_of_range",
            f"expected {name} from {least} to {most}, came {value}",
            least=least,
            most=most,
        )


def refuse_pace(wait_ms: int) -> None:
    if wait_ms:
        raise Refused("too_fast", "expected a slower pace", retry_ms=wait_ms)


def mute_minutes(asked: int | None, times_before: int) -> int:
    """Minutes of the next time-out: those asked for, else the next rung of the ladder."""
    if asked is None:
        return LADDER_MIN[min(times_before, len(LADDER_MIN) - 1)]
    refuse_outside("minutes", asked, 1, MUTE_MOST_MIN)
    return asked
