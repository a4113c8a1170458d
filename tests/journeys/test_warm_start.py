"""Who starts as a fork of the nest, and who begins cold."""

from __future__ import annotations

import os

import pytest

from tests.journeys.warm_start import can_be_warm
from tests.streams.bad_line import a_bad_line, why_no_line


def test_another_python_begins_cold() -> None:
    assert can_be_warm(os.environ)
    assert not can_be_warm(os.environ | {"PYTHONHASHSEED": "7"})


def test_who_stands_in_another_network_begins_cold() -> None:
    if reason := why_no_line():
        pytest.skip(reason)
    with a_bad_line():
        assert not can_be_warm(os.environ)
    assert can_be_warm(os.environ)
