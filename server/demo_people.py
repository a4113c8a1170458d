"""Who takes part in the demo: one person for each role, two municipalities, and their links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.access.people import Person

PEOPLE = (
    Person("aalborg", "Mette Nørgaard", "member", "aalborg"),
    Person("aalborg-host", "Jens Østergaard", "host", "aalborg"),
    Person("aarhus", "Søren Kjær", "member", "aarhus"),
    Person("aarhus-host", "Åse Lindholm", "host", "aarhus"),
    Person("committee", "Karen Friis", "committee"),
    Person("moderator", "Ida Bech", "moderator"),
    Person("staff", "Peter Ravn", "staff", "aalborg"),
    Person("secretariat", "Lise Holm", "secretariat"),
    Person("individual", "Niels Dam", "individual"),
)
WHAT_THEY_DO = {
    "aalborg": "ser med fra Aalborg Kommune",
    "aalborg-host": "vært i Aalborgs rum",
    "aarhus": "ser med fra Aarhus Kommune",
    "aarhus-host": "vært i Aarhus' rum",
    "committee": "svarer for KL's udvalg",
    "moderator": "styrer dagen",
    "staff": "gensér og deler i Aalborg",
    "secretariat": "KL's sekretariat",
    "individual": "deltager uden kommune",
}


@dataclass(frozen=True, slots=True)
class SourceLink:
    """Where a camera or an encoder sends to, and with which key."""

    whip: str
    rtmp: str | None
    key: str

    def camera(self, base: str, source: str) -> str:
        """The camera page; the key stands behind the #, which no browser sends to a server."""
        return f"{base}/camera?source={source}#key={self.key}"


@dataclass(frozen=True, slots=True)
class Links:
    """Everything a visitor of the demo opens; `base` is the server's address."""

    base: str
    entering: Mapping[str, str]
    sources: Mapping[str, SourceLink]
    channels: Mapping[str, str]

    def as_json(self) -> dict[str, object]:
        """The form that `--links` writes."""
        people = {person.key: person for person in PEOPLE}
        return {
            "base": self.base,
            "people": {
                key: {
                    "enter": f"{self.base}/enter/{token}",
                    "role": people[key].role,
                    "municipality": people[key].municipality,
                }
                for key, token in self.entering.items()
            },
            "sources": {
                source: {
                    "whip": link.whip,
                    "rtmp": link.rtmp,
                    "key": link.key,
                    "camera": link.camera(self.base, source),
                }
                for source, link in self.sources.items()
            },
            "channels": dict(self.channels),
        }

    def as_table(self, port: int) -> str:
        """The form that is printed: a host name each, so that several fit in one browser."""
        rows = [
            f"  {key:<14}{WHAT_THEY_DO[key]:<30}http://{key}.localhost:{port}/enter/{token}"
            for key, token in self.entering.items()
        ]
        cameras = [
            f"  {source:<14}{'send fra dit kamera':<30}{link.camera(self.base, source)}"
            for source, link in self.sources.items()
        ]
        encoders = [
            f"  {source:<14}{'send fra OBS eller en encoder':<30}{link.rtmp}"
            for source, link in self.sources.items()
            if link.rtmp
        ]
        heading = ["", "Åbn et link, og tryk på knappen:", ""]
        return "\n".join([*heading, *rows, "", *cameras, *encoders, ""])
