from __future__ import annotations

import pytest

from schedule.backup import LONGEST_ADDRESS, backup_address


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("backup.kl.dk", "https://backup.kl.dk"),
        (" Backup.KL.dk/Dagen ", "https://backup.kl.dk/Dagen"),
        ("https://backup.kl.dk:8443/?dag=28-01", "https://backup.kl.dk:8443/?dag=28-01"),
    ],
)
def test_an_address_is_read_as_people_write_it(written: str, read: str) -> None:
    assert backup_address(written) == read
    assert backup_address(read) == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        "backup",
        "http://backup.kl.dk",
        "javascript:alert(1)",
        "//backup.kl.dk",
        "https://kl.dk@evil.dk",
        "backup.kl.dk evil.dk",
        "backup.kl.dk/<script>",
        "bäckup.kl.dk",
        "bacK\u212aup.kl.dk",
        "backup.podka\u017ft.dk",
        "a." * 500_000,
        "backup.kl.dk/" + "a" * LONGEST_ADDRESS,
    ],
)
def test_what_a_browser_and_a_person_might_read_differently_is_no_address(written: str) -> None:
    assert backup_address(written) is None
