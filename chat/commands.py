"""What may be asked of which kind of topic; the words stand beside their rules.

Whether a person may ask at all is the server's `permissions.py`. Whether it can be done now is
decided in `rooms.py`, `questions.py` and their like.
"""

from __future__ import annotations

from chat import (
    committeewords,
    deskwords,
    filewords,
    groupwords,
    hostingwords,
    proposalwords,
    roomwords,
)
from chat.conclusions import commands as conclusions
from chat.helpdesk import commands as helpdesk
from chat.viewing import commands as viewing

BY_TOPIC: dict[str, tuple[type, ...]] = {
    "room": roomwords.COMMANDS + hostingwords.TIMING_OUT + viewing.COMMANDS,
    "room.host": hostingwords.HOLDING,
    "room.files": filewords.COMMANDS,
    "groups": groupwords.COMMANDS,
    "committee": committeewords.COMMANDS,
    "committee.desk": deskwords.COMMANDS,
    "proposals": proposalwords.COMMANDS,
    **helpdesk.BY_TOPIC,
    **conclusions.BY_TOPIC,
}
COMMANDS: tuple[type, ...] = tuple(dict.fromkeys(sum(BY_TOPIC.values(), ())))
