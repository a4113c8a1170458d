"""Who may read a topic, and who may send it which command: one table, one question.

The table goes by the noun of the topic. A *reader* is a rule on (actor, the topic's id); a command
stands under the roles that may send it. Somebody who may not read a topic may send it nothing but
what has a rule of its own, and is told the same as somebody who asks for a topic that does not
exist. What depends on the state
(one's own message? is the window open?) is the decider's to say.

Into a group's room everybody must be let by a host, into a municipality's its guests; the rooms
that somebody has been let into come in with the actor.

`system` is the timekeeper, the reactions and the media side: it may do everything it is named for
and reads nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.access.actor import Actor

Reader = Callable[[Actor, str], bool]

MUNICIPAL = frozenset({"member", "host", "staff"})
EVERYBODY = MUNICIPAL | {"committee", "moderator", "secretariat", "individual"}
SYSTEM = frozenset({"system"})
CREW = frozenset({"moderator", "secretariat", "committee"})
CREW_ROOM = "crew"


def everybody(actor: Actor, id: str) -> bool:
    return actor.role in EVERYBODY


def _belongs(actor: Actor, municipality: str) -> bool:
    return actor.role in MUNICIPAL and actor.municipality == municipality != ""


def in_the_room(actor: Actor, id: str) -> bool:
    """A municipality's own people are in its room; into a group's all must be let; one more is
    the crew's."""
    if id == CREW_ROOM:
        return actor.role in CREW
    return _belongs(actor, id) or (actor.role in EVERYBODY and id in actor.rooms)


def hosts_in_the_room(actor: Actor, id: str) -> bool:
    """A host who is in the room, of the municipality whose room it is."""
    return _its_host(actor, id.partition(".")[0]) and in_the_room(actor, id)


def its_people(actor: Actor, id: str) -> bool:
    """A municipality's own, without its guests."""
    return _belongs(actor, id)


def who_share(actor: Actor, id: str) -> bool:
    """Those of a municipality who pass things on to its schools."""
    return actor.role in {"host", "staff"} and _belongs(actor, id)


def its_hosts(actor: Actor, id: str) -> bool:
    return _its_host(actor, id)


def _its_host(actor: Actor, municipality: str) -> bool:
    return actor.role == "host" and _belongs(actor, municipality)


def let_in_by_them(actor: Actor, id: str) -> bool:
    """Whoever was let into one of a municipality's rooms, as a member or as a guest."""
    return actor.role in EVERYBODY and any(room.partition(".")[0] == id for room in actor.rooms)


def that_person(actor: Actor, id: str) -> bool:
    return actor.role in EVERYBODY and actor.id == id


def at_the_desk(actor: Actor, id: str) -> bool:
    return actor.role in {"committee", "moderator"}


def moderators(actor: Actor, id: str) -> bool:
    return actor.role == "moderator"


def backstage(actor: Actor, id: str) -> bool:
    return actor.role in {"moderator", "secretariat"}


def nobody(actor: Actor, id: str) -> bool:
    """Kept to be counted, never to be read."""
    return False


def presence(actor: Actor, id: str) -> bool:
    """The sum is everybody's, a municipality's own number its people's."""
    return _belongs(actor, id) if id else actor.role in EVERYBODY


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Args:
        read: who may join.
        do: the roles that may send a command, by its name.
        within: another rule than `read`, for some of the commands.
    """

    read: Reader
    do: Mapping[str, frozenset[str]] = field(default_factory=dict)
    within: Mapping[str, Reader] = field(default_factory=dict)


def _each(roles: frozenset[str], names: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(names.split(), roles)


MODERATOR = frozenset({"moderator"})
SECRETARIAT = frozenset({"secretariat"})
HOST = frozenset({"host"})
STAFF = frozenset({"staff"})
COMMITTEE = frozenset({"committee"})
VOTERS = EVERYBODY - {"moderator", "secretariat"}

ROOM_HOSTING = _each(
    HOST,
    "pin_message unpin_message mute_person unmute_person set_slow_mode set_review close_room"
    " open_room start_viewing pause_viewing resume_viewing move_viewing end_viewing",
)

RULES: dict[str, Rule] = {
    "show": Rule(
        everybody,
        _each(
            MODERATOR | SYSTEM,
            "take next skip back end_item hold resume extend trim move slate clear_slate"
            " announce clear_announcement set_mode",
        )
        # Whoever sits in the office when the machine room burns must be able to say where to go.
        | _each(MODERATOR | SECRETARIAT | SYSTEM, "announce_backup clear_backup")
        | _each(SYSTEM, "reckon start_over adopt_programme"),
    ),
    "programme": Rule(everybody, _each(SECRETARIAT, "publish_programme")),
    "library": Rule(
        everybody,
        _each(SECRETARIAT, "set_release waive_captions end_waiver")
        | _each(MODERATOR | SECRETARIAT, "open_now close_now")
        | _each(SYSTEM, "note_captions warn_of_captions list_items show_documents"),
    ),
    "library.desk": Rule(backstage),
    # Before an item opens, what it has beside it is for those who prepare the day.
    "library.documents": Rule(
        backstage,
        _each(SECRETARIAT, "rename_document move_document remove_document")
        | _each(SYSTEM, "add_document"),
    ),
    "shares": Rule(
        who_share,
        _each(HOST | STAFF, "make_share change_share revoke_share")
        | _each(HOST, "set_embedding")
        | _each(SYSTEM, "count_visits"),
    ),
    "choice": Rule(everybody, _each(HOST, "choose")),
    "room": Rule(
        in_the_room,
        _each(EVERYBODY, "post_message edit_message delete_message react unreact count_heads")
        | ROOM_HOSTING
        | _each(SYSTEM, "empty_room"),
        dict.fromkeys(ROOM_HOSTING, hosts_in_the_room),
    ),
    # A room's notes are read and written by whoever reads the room.
    "notes": Rule(in_the_room, _each(EVERYBODY, "change_notes") | _each(SYSTEM, "empty_notes")),
    "room.host": Rule(
        hosts_in_the_room, _each(HOST, "approve_message decline_message set_word_list")
    ),
    # The bytes of files are fetched by their message's rules; the list of them is the deciders'.
    "room.files": Rule(nobody, _each(SYSTEM, "keep_file drop_file drop_forgotten")),
    "groups": Rule(
        its_hosts,
        _each(
            HOST,
            "open_group close_group name_member remove_member invite_guest dismiss_guest",
        )
        | _each(EVERYBODY, "leave_group"),
        {"leave_group": let_in_by_them},
    ),
    "people": Rule(in_the_room),
    "committee": Rule(
        everybody,
        _each(EVERYBODY, "ask_question vote unvote withdraw_question")
        | _each(HOST, "send_question"),
    ),
    "committee.desk": Rule(
        at_the_desk,
        _each(COMMITTEE, "claim draft answer answer_on_air")
        | _each(COMMITTEE | MODERATOR, "release approve_answer return_answer")
        | _each(
            MODERATOR,
            "approve_question decline_question approve_questions decline_questions merge"
            " set_review set_approval pin_question unpin_question",
        )
        | _each(SYSTEM, "plan_window open_window close_window tally empty_desk"),
    ),
    "polls": Rule(everybody, _each(VOTERS, "cast_ballot")),
    "polls.desk": Rule(
        moderators,
        _each(
            MODERATOR,
            "draft_poll change_draft drop_draft open_poll close_poll reopen_poll"
            " show_results hide_results put_poll_away",
        )
        | _each(SYSTEM, "count_ballots"),
    ),
    "polls.ballots": Rule(nobody),
    "help": Rule(everybody, _each(EVERYBODY, "ask_for_help add_to_help settle_help")),
    "help.desk": Rule(
        backstage,
        _each(
            MODERATOR | SECRETARIAT,
            "take_help release_help answer_help settle_help tell_known_fault clear_known_fault",
        )
        | _each(SYSTEM, "empty_help"),
    ),
    "board": Rule(
        everybody,
        _each(HOST, "publish_conclusion edit_conclusion withdraw_conclusion")
        | _each(EVERYBODY, "reply_to_conclusion withdraw_reply")
        | _each(MODERATOR, "hide_conclusion hide_reply"),
    ),
    "committee.ballots": Rule(nobody),
    "proposals": Rule(
        its_people,
        _each(MUNICIPAL, "propose back_proposal unback_proposal withdraw_proposal")
        | _each(SYSTEM, "mark_sent mark_returned empty_proposals"),
    ),
    "proposals.ballots": Rule(nobody),
    "person": Rule(that_person),
    "channel": Rule(
        everybody,
        _each(MODERATOR | SYSTEM, "put_on_air reword") | _each(SYSTEM, "report_on_air"),
    ),
    "recordings": Rule(
        backstage,
        _each(MODERATOR | SECRETARIAT, "nudge_cut approve_cut")
        | _each(SECRETARIAT | SYSTEM, "delete_recording")
        | _each(SYSTEM, "report_recorded"),
    ),
    "inputs": Rule(backstage, _each(MODERATOR, "choose_input release_input")),
    "sources": Rule(moderators),
    "films": Rule(backstage),
    "cheers": Rule(everybody, _each(EVERYBODY, "cheer")),
    "presence": Rule(presence),
}


def may_read(actor: Actor, noun: str, id: str) -> bool:
    """Whether the actor may join the topic `noun:id`, if there is one."""
    rule = RULES.get(noun)
    return rule is not None and rule.read(actor, id)


def may_do(actor: Actor, noun: str, id: str, name: str) -> bool:
    """Whether the actor may send this command to the topic `noun:id`."""
    rule = RULES.get(noun)
    if rule is None or actor.role not in rule.do.get(name, frozenset()):
        return False
    return actor.role in SYSTEM or rule.within.get(name, rule.read)(actor, id)
