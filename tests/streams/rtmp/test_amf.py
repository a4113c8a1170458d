"""AMF0: what is written is read again, and what is broken is said to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtmp.amf import DEEPEST, MOST_VALUES, Broken, Value, decode, encode

CONNECT = bytes.fromhex(
    "02 0007 636f6e6e656374"  # "connect"
    "00 3ff0000000000000"  # 1.0
    "03 0003 617070 02 0004 6c697665"  # {"app": "live",
    "0004 7369676e 01 01"  # "sign": true,
    "000009"  # }
)

VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=9), inner)
    ),
    max_leaves=20,
)


def test_a_command_as_encoders_write_it_is_read() -> None:
    assert decode(CONNECT) == ["connect", 1.0, {"app": "live", "sign": True}]


def test_our_own_writing_is_the_same_bytes() -> None:
    assert encode(["connect", 1, {"app": "live", "sign": True}]) == CONNECT


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("05", None),
        ("06", None),
        ("0b 4059000000000000 0000", 100.0),
        ("0c 00000002 6869", "hi"),
        ("08 00000009 0001 61 05 000009", {"a": None}),
        ("10 0001 43 0001 61 0100 000009", {"a": False}),
        ("0a 00000002 05 0101", [None, True]),
        ("02 0002 c328", "\ufffd("),
        ("03 0000 05 000009", {"": None}),
    ],
)
def test_every_kind_of_value_is_read(written: str, value: Value) -> None:
    assert decode(bytes.fromhex(written)) == [value]


@given(st.lists(VALUES, max_size=5))
def test_what_is_written_is_read_again(values: list[Value]) -> None:
    assert decode(encode(values)) == values


@pytest.mark.parametrize("length", range(1, len(CONNECT)))
def test_a_command_cut_short_is_broken_or_shorter(length: int) -> None:
    try:
        read = decode(CONNECT[:length])
    except Broken:
        return
    assert read == decode(CONNECT)[: len(read)]


@pytest.mark.parametrize("marker", [4, 7, 9, 13, 14, 15, 17, 255])
def test_markers_that_nobody_needs_are_refused(marker: int) -> None:
    with pytest.raises(Broken, match=f"came the marker {marker}"):
        decode(bytes([marker]) + bytes(16))


def test_depth_is_bounded() -> None:
    nested: Value = None
    for _ in range(DEEPEST):
        nested = [nested]
    assert decode(encode([nested])) == [nested]
    with pytest.raises(Broken, match="deep"):
        decode(encode([[nested]]))


def test_the_number_of_values_is_bounded() -> None:
    assert len(decode(b"\5" * MOST_VALUES)) == MOST_VALUES
    with pytest.raises(Broken, match="at most"):
        decode(b"\5" * (MOST_VALUES + 1))
    with pytest.raises(Broken, match="an array of"):
        decode(b"\x0a\xff\xff\xff\xff")


def test_a_long_string_takes_the_long_form() -> None:
    text = "æ" * 40_000
    assert encode([text])[0] == 12
    assert decode(encode([text])) == [text]


@given(st.binary(max_size=200))
def test_nothing_but_broken_is_ever_raised(data: bytes) -> None:
    try:
        decode(data)
    except Broken:
        pass
