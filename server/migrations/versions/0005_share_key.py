"""The key that addresses of share links are made with."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("edition", sa.Column("share_key", sa.String, nullable=False, server_default=""))
    editions = sa.table("edition", sa.column("id"), sa.column("share_key"))
    ids = op.get_bind().execute(sa.select(editions.c.id)).scalars().all()
    for id in ids:
        key = secrets.token_hex(32)
        op.execute(editions.update().where(editions.c.id == id).values(share_key=key))
