"""Plan B: the address everybody goes to when these pages fail.

It is read from a screen, copied by hand and opened by people in a hurry, so it is a plain host's
name or an https address: no user, no odd signs, nothing a browser would read in another way than a
person does.
"""

from __future__ import annotations

import re

LONGEST_ADDRESS = 200
_ADDRESS = re.compile(
    r"(?:https://)?"
    r"(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})"
    r"(?P<port>:[1-9][0-9]{0,4})?"
    r"(?P<path>/[A-Za-z0-9._~/%?=&+-]*)?",
    # Without ASCII a Kelvin sign is a k and a long s an s.
    re.IGNORECASE | re.ASCII,
)


def backup_address(text: str) -> str | None:
    """The address as a whole https URL; None for anything that is not plainly one."""
    if len(text) > LONGEST_ADDRESS:
        return None
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    return f"https://{found['host'].lower()}{found['port'] or ''}{found['path'] or ''}"
