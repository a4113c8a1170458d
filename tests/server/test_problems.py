from __future__ import annotations

import json

import pytest

from server.deciding import failed
from server.errors import Refused
from server.problems import problem


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("not_found", 404),
        ("bad_data", 400),
        ("bad_id", 400),
        ("too_fast", 429),
        ("storage_failed", 503),
        ("busy", 503),
        ("stale", 409),
    ],
)
def test_a_code_says_to_http_whose_fault_it_is(code: str, status: int) -> None:
    assert problem(Refused(code, "expected otherwise")).status_code == status


def test_a_fault_of_our_own_is_not_told_as_the_callers() -> None:
    assert problem(failed()).status_code == 500


def test_facts_stand_beside_the_code_and_a_wait_in_the_header() -> None:
    answer = problem(Refused("slow_mode", "expected a pause", retry_ms=4200))
    assert json.loads(bytes(answer.body))["retry_ms"] == 4200
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["content-type"] == "application/problem+json"
