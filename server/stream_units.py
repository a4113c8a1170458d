"""The units that the rules of streams decide for: channels, recordings, the inputs of sources."""

from __future__ import annotations

from schedule.programme import Programme
from server.kinds import UnitKind, of_one_topic
from streams import channel, inputs
from streams import commands as stream_commands
from streams import events as stream_events
from streams.changeover import DEFAULT_INPUTS, order_of
from streams.recordings import recordings

CHANNEL = of_one_topic(
    "channel", channel.initial, channel, stream_commands.COMMANDS, stream_events.EVENTS
)

RECORDINGS = of_one_topic(
    "recordings", recordings.initial, recordings, recordings.COMMANDS, recordings.EVENTS
)


def the_inputs(programme: Programme, places: inputs.Places) -> UnitKind:
    """
    Args:
        places: of the sources in the settings; the programme's others have the usual.
    """
    named = {item.source for item in programme.items if item.source}
    known = {source: order_of(DEFAULT_INPUTS) for source in named} | dict(places)
    return of_one_topic(
        "inputs", lambda id: inputs.initial(known), inputs, inputs.COMMANDS, inputs.EVENTS
    )
