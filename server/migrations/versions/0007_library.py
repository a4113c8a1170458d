"""What can be found in the library, and where each person left a recording.

What is there already stays: a step that is taken again changes nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "passage",
        sa.Column("id", ID, primary_key=True),
        sa.Column("edition_id", sa.String(), sa.ForeignKey("edition.id"), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("at_s", sa.Float()),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        if_not_exists=True,
    )
    op.create_index("passage_item", "passage", ["edition_id", "item"], if_not_exists=True)
    op.create_table(
        "passage_source",
        sa.Column("edition_id", sa.String(), sa.ForeignKey("edition.id"), primary_key=True),
        sa.Column("item", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "viewing",
        sa.Column("edition_id", sa.String(), sa.ForeignKey("edition.id"), primary_key=True),
        sa.Column("person", sa.String(), primary_key=True),
        sa.Column("item", sa.String(), primary_key=True),
        sa.Column("position_s", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
