"""People, their sign-in links and their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def _person() -> sa.Column[str]:
    return sa.Column("person_id", sa.String, sa.ForeignKey("person.id"), nullable=False, index=True)


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("edition_id", sa.String, nullable=False, index=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("municipality", sa.String),
        sa.Column("email", sa.String),
        sa.UniqueConstraint("edition_id", "key"),
    )
    op.create_table(
        "link",
        sa.Column("token_digest", sa.String, primary_key=True),
        _person(),
        sa.Column("expires_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.Column("reusable", sa.Boolean, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("token_digest", sa.String, nullable=False, unique=True, index=True),
        _person(),
        sa.Column("channel", sa.String),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
