from __future__ import annotations

import pytest

from streams.feeds.reachable import why_unreachable

REFUSED = """
    0.0.0.0 this_network|0.1.2.3 this_network|10.0.0.1 private|10.255.255.255 private
    172.16.0.1 private|172.31.255.254 private|192.168.0.1 private|192.168.255.255 private
    100.64.0.1 carrier_nat|100.100.100.200 carrier_nat|100.127.255.255 carrier_nat
    127.0.0.1 loopback|127.1.1.1 loopback|127.255.255.254 loopback
    169.254.0.1 link_local|169.254.169.254 link_local|169.254.170.2 link_local
    192.0.0.1 protocol|192.0.0.192 protocol|192.31.196.1 protocol|192.175.48.6 protocol
    192.0.2.7 example|198.51.100.7 example|203.0.113.7 example
    192.88.99.1 relay|198.18.0.1 benchmark|198.19.255.255 benchmark
    224.0.0.1 multicast|239.255.255.250 multicast|240.0.0.1 reserved|255.255.255.255 reserved
    168.63.129.16 metadata
    ::1 loopback|:: compatible|::127.0.0.1 compatible|::7f00:1 compatible|::10.0.0.1 compatible
    ::ffff:127.0.0.1 mapped|::ffff:10.0.0.1 mapped|::ffff:8.8.8.8 mapped|::FFFF:7F00:1 mapped
    0:0:0:0:0:ffff:c0a8:1 mapped|::ffff:0:127.0.0.1 mapped
    2002:7f00:1:: 6to4|2002:0a00:1::1 6to4|2002:808:808::1 6to4
    64:ff9b::127.0.0.1 nat64|64:ff9b::a00:1 nat64|64:ff9b::808:808 nat64|64:ff9b:1::1 nat64
    2001::1 teredo|2001:0:7f00:1::1 teredo|2001:2::1 protocol|2001:10::1 protocol
    2620:4f:8000::1 protocol|2001:db8::1 example|3fff::1 example
    fc00::1 private|fd00::1 private|fd00:ec2::254 private|fdff:ffff::1 private
    fe80::1 link_local|febf::1 link_local|fec0::1 site_local|feff::1 site_local
    ff02::1 multicast|ff0e::1 multicast|100::1 reserved|4000::1 reserved|1::1 reserved
    fe80::1%eth0 scoped|2a00::1%1 scoped
    127.1 no_address|0x7f.0.0.1 no_address|2130706433 no_address|0177.0.0.1 no_address
    127.0.0.1.nip.io no_address|localhost no_address|[::1] no_address|1.2.3.4/8 no_address
    １２７.0.0.1 no_address|127。0。0。1 no_address|1.2.3 no_address|1.2.3.4.5 no_address
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1
    172.15.255.255 172.32.0.1 192.167.0.1 192.169.0.1 193.162.153.164 198.17.0.1 198.20.0.1
    223.255.255.255 2606:4700:4700::1111 2a00:1450:400f::1 2001:4860:4860::8888 2001:200::1
"""

ROWS = [row.split() for line in REFUSED.splitlines() for row in line.split("|") if row.strip()]


def test_the_table_has_its_eighty_rows() -> None:
    assert len(ROWS) + len(PUBLIC.split()) >= 80


@pytest.mark.parametrize(("address", "why"), ROWS)
def test_nothing_inside_a_building_is_reached(address: str, why: str) -> None:
    assert why_unreachable(address) == why


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_are_reached(address: str) -> None:
    assert why_unreachable(address) is None


def test_an_empty_address_is_none() -> None:
    assert why_unreachable("") == "no_address"
