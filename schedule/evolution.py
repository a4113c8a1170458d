"""What an event does to the show: facts are taken as they stand, nothing is decided or reckoned."""

from __future__ import annotations

from dataclasses import replace

from schedule import events as did
from schedule.show import Announcement, ItemState, Show, SlateOn, restore


def applied(show: Show, event: object) -> Show:
    """The show after an event; an event that means nothing here changes nothing."""
    changed = _changed(show, event)
    times = {entry.item: entry for entry in getattr(event, "times", ())}
    if not times:
        return changed
    items = (e.with_times(times[e.id]) if e.id in times else e for e in changed.items)
    return replace(changed, items=tuple(items))


def _changed(show: Show, event: object) -> Show:
    """Everything but times."""
    match event:
        case did.ItemStarted():
            return _with_started(show, event)
        case did.ItemEnded(item=item, again=again):
            now = None if item == show.now else show.now
            return replace(_in_state(show, item, "planned" if again else "done"), now=now)
        case did.ItemSkipped(item=item):
            return _in_state(show, item, "skipped")
        case did.ShowHeld():
            return replace(show, state="held")
        case did.ShowResumed():
            return replace(show, state="running" if show.now else "before")
        case did.ModeSet(mode="automatic" | "manual" as mode):
            return replace(show, mode=mode)
        case did.TimesReckoned():
            return replace(show, reckonings=show.reckonings + 1)
        case did.SlateShown(item=item, text=text, since=since):
            return replace(show, slate=SlateOn(item, text, since))
        case did.SlateCleared():
            return replace(show, slate=None)
        case did.Announced(text=text, until=until, urgent=urgent):
            return replace(show, announcement=Announcement(text, until, urgent))
        case did.AnnouncementCleared():
            return replace(show, announcement=None)
        case did.BackupAnnounced(address=address):
            return replace(show, backup=address)
        case did.BackupCleared():
            return replace(show, backup=None)
        case did.ProgrammeAdopted(show=after):
            return restore(after)
        case did.DayEnded():
            return replace(show, state="ended", now=None, slate=None)
        case did.DayStartedOver(lap=lap):
            items = tuple(replace(entry, state="planned") for entry in show.items)
            return replace(show, state="before", now=None, slate=None, lap=lap, items=items)
        case _:
            return show


def _with_started(show: Show, event: did.ItemStarted) -> Show:
    entry = show.find(event.item)
    if entry is None:
        return show
    show = show.with_items({entry.id: replace(entry, state="on_air", run=event.run)})
    if entry.is_side:
        return show
    state = show.state if show.state == "held" else "running"
    return replace(show, now=entry.id, state=state, slate=None)


def _in_state(show: Show, item_id: str, state: ItemState) -> Show:
    entry = show.find(item_id)
    return show if entry is None else show.with_items({item_id: replace(entry, state=state)})
