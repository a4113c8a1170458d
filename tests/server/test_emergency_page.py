from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from schedule.programme_file import builtin
from schedule.show import initial
from server.cli import main
from server.emergency_page import emergency_page, write_emergency_page
from server.support import Support

SHOW = initial(builtin("topmoede_2021"))
HELP = Support("Jens & Co", "hjaelp@kl.example", "+45 33 70 33 70", "https://backup.kl.dk/dagen")


def test_it_says_where_to_go_whom_to_call_and_what_the_day_holds_in_both_languages() -> None:
    page = emergency_page(SHOW, HELP)
    assert page.count('href="https://backup.kl.dk/dagen"') == 2
    assert page.count('href="tel:+4533703370"') == 2
    assert "torsdag den 28. januar 2021" in page
    assert "<th scope=row>09.15</th>" in page
    assert '<html lang="da">' in page
    assert '<section lang="en">' in page
    assert "Jens &amp; Co" in page


def test_what_was_announced_goes_before_what_was_set() -> None:
    page = emergency_page(replace(SHOW, backup="https://b.kl.dk"), HELP)
    assert "https://b.kl.dk" in page
    assert "backup.kl.dk" not in page


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = emergency_page(SHOW, HELP)
    assert not re.search(r"<script|src=|@import|url\(|<link|\son\w+=", page)


def test_words_of_the_programme_do_not_become_markup() -> None:
    page = emergency_page(replace(SHOW, title="<script>alert(1)</script>"), Support())
    assert "<script" not in page


def test_it_is_written_whole_and_only_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "public" / "emergency.html"
    assert write_emergency_page(file, "one")
    assert not write_emergency_page(file, "one")
    assert write_emergency_page(file, "two")
    assert file.read_text() == "two"
    assert file.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in file.parent.iterdir()] == ["emergency.html"]


def test_the_command_needs_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, out = tmp_path / "topmoede.toml", tmp_path / "page.html"
    day = Path(__file__).parents[2] / "schedule" / "topmoede_2021.toml"
    settings.write_text(f'programme = "{day}"\nbackup_address = "backup.kl.dk"\n')
    assert main(["emergency-page", "--out", str(out), "--settings", str(settings)]) == 0
    assert "https://backup.kl.dk" in out.read_text()
    assert "502, 503 and 504" in capsys.readouterr().out


def test_a_backup_address_that_is_none_is_refused_in_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "topmoede.toml"
    settings.write_text('backup_address = "http://backup"\n')
    arguments = ["emergency-page", "--out", str(tmp_path / "x"), "--settings", str(settings)]
    assert main(arguments) == 2
    assert "backup_address" in capsys.readouterr().err
