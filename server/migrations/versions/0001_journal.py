"""The journal: edition, topics, events, free text, answers, reaction cursors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _edition(*, key: bool = True) -> sa.Column[str]:
    return sa.Column(
        "edition_id", sa.String, sa.ForeignKey("edition.id"), primary_key=key, nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("programme", sa.String, nullable=False),
        sa.Column("epoch", sa.String, nullable=False),
        sa.Column("clock_wall", MOMENT, nullable=False),
        sa.Column("clock_show", MOMENT, nullable=False),
        sa.Column("clock_speed", sa.Float, nullable=False),
        sa.Column("media_epoch", MOMENT, nullable=False),
    )
    op.create_table(
        "topic",
        _edition(),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("epoch", sa.String, nullable=False),
        sa.Column("head", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", ID, primary_key=True),
        _edition(key=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("show_at", MOMENT),
        sa.Column("cause", sa.String),
        sa.Column("data", sa.String, nullable=False),
        sa.UniqueConstraint("edition_id", "topic", "seq"),
    )
    op.create_table(
        "content",
        _edition(),
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("text", sa.String),
    )
    op.create_index("content_subject", "content", ["edition_id", "topic", "subject"])
    op.create_table(
        "command",
        _edition(),
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("seq", sa.BigInteger),
        sa.Column("held", sa.Boolean, nullable=False),
    )
    op.create_table(
        "reaction_cursor",
        _edition(),
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
