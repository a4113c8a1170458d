"""What the tests of the storage share: both databases, one suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running_postgres import the_cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a row, of either kind in turn."""
    if request.param == "postgresql":
        return the_cluster().the_emptied_database()
    return f"sqlite:///{tmp_path / 'day.db'}"
