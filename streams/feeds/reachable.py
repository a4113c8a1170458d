"""Which addresses the server may speak to when somebody else says where to.

Only plain public unicast addresses. Everything that leads back into a building is refused: private,
loopback, link-local, carrier's NAT, multicast, reserved; IPv6 forms that carry an IPv4 address
inside (mapped, compatible, 6to4, NAT64, Teredo), because what they lead to is decided elsewhere;
and the addresses at which clouds tell a machine its secrets. The lists are written out, because
what "global" means has changed between versions of Python.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_V4: dict[str, tuple[str, ...]] = {
    "this_network": ("0.0.0.0/8",),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "carrier_nat": ("100.64.0.0/10",),
    "loopback": ("127.0.0.0/8",),
    "link_local": ("169.254.0.0/16",),
    "protocol": ("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24"),
    "example": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
    "relay": ("192.88.99.0/24",),
    "benchmark": ("198.18.0.0/15",),
    "multicast": ("224.0.0.0/4",),
    "reserved": ("240.0.0.0/4",),
    "metadata": ("168.63.129.16/32",),
}
_V6: dict[str, tuple[str, ...]] = {
    "teredo": ("2001::/32",),
    "protocol": ("2001::/23", "2620:4f:8000::/48"),
    "example": ("2001:db8::/32", "3fff::/20"),
    "6to4": ("2002::/16",),
    "loopback": ("::1/128",),
    "mapped": ("::ffff:0:0/96", "::ffff:0:0:0/96"),
    "compatible": ("::/96",),
    "nat64": ("64:ff9b::/96", "64:ff9b:1::/48"),
    "private": ("fc00::/7",),
    "link_local": ("fe80::/10",),
    "site_local": ("fec0::/10",),
    "multicast": ("ff00::/8",),
}
_UNICAST = IPv6Network("2000::/3")
_REFUSED_V4 = [(IPv4Network(net), why) for why, nets in _V4.items() for net in nets]
_REFUSED_V6 = [(IPv6Network(net), why) for why, nets in _V6.items() for net in nets]


def why_unreachable(address: str) -> str | None:
    """Why nobody outside may send us to an address, in one word; None where they may.

    Args:
        address: as the resolver writes it; anything else is `no_address`.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "no_address"
    match parsed:
        case IPv4Address():
            return next((why for net, why in _REFUSED_V4 if parsed in net), None)
        case IPv6Address(scope_id=str()):
            return "scoped"
        case IPv6Address():
            why = next((why for net, why in _REFUSED_V6 if parsed in net), None)
            return why or (None if parsed in _UNICAST else "reserved")
