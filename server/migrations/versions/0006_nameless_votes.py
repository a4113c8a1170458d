"""Votes that stood in the desk's log, for committee and moderators to read, say nothing any more.

The first programs wrote them there; since they have a log of their own nothing reads these. The
rows stay, for numbers have no holes.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(
        "UPDATE event SET data = '{}'"
        " WHERE topic = 'committee.desk' AND name IN ('voted', 'unvoted')"
    )
