from __future__ import annotations

import pytest

from streams.nalunits import (
    is_idr,
    join_lengths,
    parameters_of_avcc,
    sample,
    split_lengths,
    split_start_codes,
)

SPS, PPS, IDR, SLICE, AUD, SEI = (
    b"\x67\x42\xc0",
    b"\x68\xce",
    b"\x65\x88",
    b"\x41\x9a",
    b"\x09\xf0",
    b"\x06\x05",
)
AVCC = b"\x01\x42\xc0\x1f\xff\xe1\x00\x03" + SPS + b"\x01\x00\x02" + PPS


def test_start_codes_of_three_and_four_bytes_part_units() -> None:
    stream = b"\0\0\0\1" + SPS + b"\0\0\1" + PPS + b"\0\0\0\1" + IDR
    assert list(split_start_codes(stream)) == [SPS, PPS, IDR]


def test_lengths_of_any_size_are_read() -> None:
    assert list(split_lengths(join_lengths([SPS, IDR]))) == [SPS, IDR]
    assert list(split_lengths(b"\x00\x02" + IDR, 2)) == [IDR]


def test_a_length_past_the_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected a NAL unit of 9 bytes"):
        list(split_lengths(b"\0\0\0\x09" + IDR))


def test_a_sample_brings_its_parameters_and_nothing_superfluous() -> None:
    made = sample([AUD, SEI, IDR], (SPS, PPS))
    assert list(split_lengths(made)) == [SPS, PPS, IDR]


def test_parameters_that_are_there_are_kept_and_other_pictures_get_none() -> None:
    other = b"\x67\x64\x00"
    assert list(split_lengths(sample([other, PPS, IDR], (SPS, PPS)))) == [other, PPS, IDR]
    assert list(split_lengths(sample([AUD, SLICE], (SPS, PPS)))) == [SLICE]


def test_an_idr_is_told_from_other_pictures() -> None:
    assert is_idr([SPS, IDR])
    assert not is_idr([SLICE])


def test_a_file_s_configuration_gives_its_parameters() -> None:
    assert parameters_of_avcc(AVCC) == (4, (SPS, PPS))


@pytest.mark.parametrize("length", range(len(AVCC)))
def test_a_configuration_cut_short_is_an_error_wherever_it_is_cut(length: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        parameters_of_avcc(AVCC[:length])
