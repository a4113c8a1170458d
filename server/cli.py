"""The `topmoede` command: a table of what it can be asked, and one function for each."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from server.errors import Unusable
from server.load.arguments import add_load

Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 1 faults found, 2 unusable."""
    asked = _parser().parse_args(arguments)
    try:
        run: Run = asked.run
        return run(asked)
    except Unusable as refusal:
        print(f"topmoede: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("topmoede", description="Runs a virtual conference day.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help="the whole product on this machine"))
    _add_serve(commands.add_parser("serve", help="production, by TOPMOEDE_* or a TOML file"))
    _add_deploy(commands.add_parser("deploy", help="what a machine needs beside the program"))
    _add_people(commands.add_parser("people", help="people and their roles"))
    _add_link(commands.add_parser("link", help="a sign-in link for one person"))
    _add_programme(commands.add_parser("programme", help="the programme file and its formats"))
    _add_films(commands.add_parser("films", help="films from this machine's disk"))
    _add_rehearse(commands.add_parser("rehearse", help="the day on a virtual clock"))
    add_load(commands.add_parser("load", help="a simulated crowd on a running server, judged"))
    _add_check(commands.add_parser("check", help="whether this installation is ready for a day"))
    _add_backup(commands.add_parser("backup", help="database, media and films, while it runs"))
    _add_archive(commands.add_parser("archive", help="the edition as a ZIP for the archives"))
    _add_restore(commands.add_parser("restore", help="a backup into an empty data folder"))
    _add_erase(commands.add_parser("erase", help="the rooms' texts, when their time is over"))
    _add_delete_edition(
        commands.add_parser("delete-edition", help="everything of an edition, for good")
    )
    _add_emergency_page(
        commands.add_parser("emergency-page", help="what a proxy shows when the server is down")
    )
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    parser.add_argument("--programme", type=Path, metavar="FILE")
    parser.add_argument("--at", type=_hour, metavar="HH.MM", help="where the show's clock starts")
    parser.add_argument("--speed", type=_speed, metavar="N", help="show seconds a second")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the day there; go on if it is"
    )
    parser.add_argument("--links", type=Path, metavar="FILE", help="write the links as JSON")

    def run(asked: argparse.Namespace) -> int:
        from server.demo import Demo, run_demo

        return run_demo(
            Demo(
                host=asked.host,
                port=asked.port,
                programme=asked.programme,
                at=asked.at,
                speed=asked.speed,
                data=asked.data,
                links=asked.links,
            )
        )

    parser.set_defaults(run=run)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    _add_settings(parser)
    parser.add_argument(
        "--part",
        choices=("front", "media"),
        help="one of the two processes alone; otherwise the front, which starts the other",
    )
    parser.add_argument(
        "--workers", type=_workers, default=1, metavar="N",
        help="how many fronts share the port; more than one need PostgreSQL and Redis",
    )  # fmt: skip
    parser.add_argument("--worker", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)

    def run(asked: argparse.Namespace) -> int:
        from server.serving import Serving, serve

        return serve(
            asked.settings,
            Serving(asked.part, asked.workers, asked.worker, supervised=asked.supervised),
        )

    parser.set_defaults(run=run)


def _add_deploy(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    nginx = kinds.add_parser("nginx", help="a site for nginx, printed")
    nginx.add_argument("--certificate", type=Path, metavar="FILE")
    nginx.add_argument("--key", type=Path, metavar="FILE")
    systemd = kinds.add_parser("systemd", help="a unit for systemd, printed")

    def print_nginx(asked: argparse.Namespace) -> int:
        from server import deploying

        return deploying.print_nginx(asked.settings, asked.certificate, asked.key, asked.workers)

    def print_systemd(asked: argparse.Namespace) -> int:
        from server import deploying

        return deploying.print_systemd(asked.settings, asked.workers)

    for kind, run in ((nginx, print_nginx), (systemd, print_systemd)):
        _add_settings(kind)
        kind.add_argument("--workers", type=_workers, default=1, metavar="N")
        kind.set_defaults(run=run)


def _add_people(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    importing = verbs.add_parser("import", help="people from a CSV file")
    importing.add_argument("file", type=Path)
    importing.add_argument("--links", type=Path, required=True, metavar="OUT")
    _add_settings(importing)

    def run(asked: argparse.Namespace) -> int:
        from server.office import import_people

        return import_people(asked.settings, asked.file, asked.links)

    importing.set_defaults(run=run)


def _add_link(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("person", help="the person's key")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server.office import print_link

        return print_link(asked.settings, asked.person)

    parser.set_defaults(run=run)


def _add_programme(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    checking = verbs.add_parser("check", help="every fault of a file, with its line")
    checking.add_argument("file", type=Path)
    exporting = verbs.add_parser("export", help="the programme in another format")
    exporting.add_argument("file", type=Path)
    exporting.add_argument("--format", choices=("ics", "json", "toml", "xml"), default="ics")
    exporting.add_argument("--out", type=Path, metavar="FILE")
    importing = verbs.add_parser("import", help="publish a file as the edition's programme")
    importing.add_argument("file", type=Path)
    _add_settings(importing)
    comparing = verbs.add_parser("diff", help="what changed from one file to another")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)

    def office(call: Callable[[Any, argparse.Namespace], int]) -> Run:
        def run(asked: argparse.Namespace) -> int:
            from server import programme_office

            return call(programme_office, asked)

        return run

    checking.set_defaults(run=office(lambda at, asked: at.check(asked.file)))
    exporting.set_defaults(run=office(lambda at, a: at.export(a.file, a.format, a.out)))
    importing.set_defaults(run=office(lambda at, asked: at.publish(asked.settings, asked.file)))
    comparing.set_defaults(run=office(lambda at, asked: at.diff(asked.before, asked.after)))


def _add_films(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    taking = verbs.add_parser("take", help="take a file in as the film of an item")
    taking.add_argument("file", type=Path)
    taking.add_argument("--item", required=True, metavar="ID")
    _add_settings(taking)

    def run(asked: argparse.Namespace) -> int:
        from server.film_files import take

        return take(asked.settings, asked.file, asked.item)

    taking.set_defaults(run=run)


def _add_rehearse(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--fault", action="append", default=[], metavar="NAME@HH.MM")
    parser.add_argument("--json", type=Path, metavar="OUT")

    def run(asked: argparse.Namespace) -> int:
        from server.programme_office import rehearse

        return rehearse(asked.file, asked.seed, asked.fault, asked.json)

    parser.set_defaults(run=run)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server.selfcheck import check

        return check(asked.settings, as_json=asked.json)

    parser.set_defaults(run=run)


def _add_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server.safekeeping import back_up

        return back_up(asked.settings, asked.to)

    parser.set_defaults(run=run)


def _add_archive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server.archiving import archive

        return archive(asked.settings, asked.out)

    parser.set_defaults(run=run)


def _add_restore(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="folder", type=Path, metavar="FOLDER")
    what.add_argument(
        "--rotate-epoch", action="store_true", help="after pg_restore: make clients join anew"
    )
    parser.add_argument("--force", action="store_true", help="move what is there out of the way")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server import safekeeping

        if asked.rotate_epoch:
            return safekeeping.rotate(asked.settings)
        return safekeeping.restore(asked.settings, asked.folder, force=asked.force)

    parser.set_defaults(run=run)


def _add_erase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--now", action="store_true", help="before retention_days are over")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server.erasing import erase

        return erase(asked.settings, now=asked.now)

    parser.set_defaults(run=run)


def _add_delete_edition(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("edition", help="its id, as in the settings; typed so that it is meant")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server.deleting import delete_edition

        return delete_edition(asked.settings, asked.edition)

    parser.set_defaults(run=run)


def _add_emergency_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    _add_settings(parser)

    def run(asked: argparse.Namespace) -> int:
        from server.programme_office import write_page

        return write_page(asked.settings, asked.out)

    parser.set_defaults(run=run)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, metavar="FILE", help="a TOML file of settings")


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a port of 0 to 65535; came {text!r}")


def _workers(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected 1 to 64 workers; came {text!r}")


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if 0.1 <= speed <= 1000:
        return speed
    raise argparse.ArgumentTypeError(f"expected a speed of 0.1 to 1000; came {text!r}")


def _hour(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]?\d|2[0-3])[.:]([0-5]\d)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"expected an hour such as 09.16; came {text!r}")
    return int(found[1]), int(found[2])


if __name__ == "__main__":
    sys.exit(main())
