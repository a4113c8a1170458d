from __future__ import annotations

from streams.feeds.elementary import Coded, Elementary
from streams.feeds.transportstream import Pes, TransportStream
from streams.nalunits import NalType, nal_type, split_lengths
from streams.segments import Lane
from tests.streams.broadcast import Look, coded
from tests.streams.transportfiles import a_transport_stream, aac_frames, adts

START = b"\0\0\0\1"
SPS, PPS = b"\x67\x42\xc0\x1e\x95", b"\x68\xce\x06\xe2"
IDR, SLICE, AUD = b"\x65\x88\x84", b"\x41\x9a\x02", b"\x09\xf0"


def video(*nals: bytes, dts: int | None = 9_000, lost: bool = False, codec: str = "h264") -> Pes:
    return Pes(Lane.VIDEO, codec, dts, dts, lost, b"".join(START + nal for nal in nals))


def audio(data: bytes, pts: int | None, lost: bool = False, codec: str = "aac") -> Pes:
    return Pes(Lane.AUDIO, codec, pts, pts, lost, data)


def read(*packets: Pes) -> list[Coded]:
    elementary = Elementary()
    return [coded for pes in packets for coded in elementary.receive(pes)]


def kinds(frame: Coded) -> list[int]:
    return [nal_type(nal) for nal in split_lengths(frame.data)]


def test_a_muxed_stream_becomes_the_access_units_that_went_in() -> None:
    muxed = a_transport_stream(Look(b_frames=2))
    stream, elementary = TransportStream(), Elementary()
    packets = [*stream.receive(muxed.data), *stream.flush()]
    frames = [frame for pes in packets for frame in elementary.receive(pes)]
    pictures = [frame for frame in frames if frame.lane is Lane.VIDEO]
    assert [frame.data for frame in pictures] == [u.data for u in coded(Look(b_frames=2))] * 2
    sounds = [frame for frame in frames if frame.lane is Lane.AUDIO]
    assert [frame.pts for frame in sounds] == list(muxed.sounds)
    assert all(frame.form is None for frame in sounds)


def test_parameters_stand_before_every_idr_and_delimiters_nowhere() -> None:
    frames = read(video(AUD, SPS, PPS, IDR), video(AUD, SLICE), video(AUD, IDR))
    assert [kinds(frame) for frame in frames] == [[7, 8, 5], [1], [7, 8, 5]]
    assert [frame.key for frame in frames] == [True, False, True]


def test_nothing_comes_before_the_first_idr_with_parameters() -> None:
    frames = read(video(SLICE), video(IDR), video(SPS, PPS, SLICE), video(SPS, PPS, IDR))
    assert [kinds(frame) for frame in frames] == [[7, 8, 5]]


def test_after_a_loss_nothing_comes_until_the_next_idr() -> None:
    frames = read(
        video(SPS, PPS, IDR), video(SLICE), video(SLICE, lost=True), video(SLICE), video(IDR)
    )
    assert [frame.key for frame in frames] == [True, False, True]


def test_a_picture_without_a_time_is_a_loss() -> None:
    frames = read(video(SPS, PPS, IDR), video(SLICE, dts=None), video(SLICE), video(IDR))
    assert [frame.key for frame in frames] == [True, True]


def test_pictures_in_one_packet_are_parted_at_their_delimiters() -> None:
    frames = read(
        video(AUD, SPS, PPS, IDR, dts=3_600),
        video(AUD, SLICE, AUD, SLICE, dts=7_200),
    )
    assert [frame.dts for frame in frames] == [3_600, 7_200, 10_800]


def test_hevc_is_refused_in_words_and_h264_afterwards_is_welcome() -> None:
    elementary = Elementary()
    assert list(elementary.receive(video(IDR, codec="hevc"))) == []
    assert elementary.trouble is not None
    assert elementary.trouble.code == "not_h264"
    assert "hevc" in elementary.trouble.detail
    assert len(list(elementary.receive(video(SPS, PPS, IDR)))) == 1
    assert elementary.trouble is None


def test_an_encoder_without_idrs_is_told_of() -> None:
    elementary = Elementary()
    for _ in range(400):
        list(elementary.receive(video(SPS, PPS, SLICE)))
    assert elementary.trouble is not None
    assert elementary.trouble.code == "no_idr"
    list(elementary.receive(video(SPS, PPS, IDR)))
    assert elementary.trouble is None


def test_sound_nobody_knows_is_told_of_and_the_picture_goes_on() -> None:
    elementary = Elementary()
    assert list(elementary.receive(audio(b"x", 0, codec="dts"))) == []
    assert elementary.trouble is not None
    assert elementary.trouble.code == "unknown_sound"
    assert len(list(elementary.receive(video(SPS, PPS, IDR)))) == 1


def test_frames_in_one_packet_follow_each_other_and_a_cut_one_keeps_its_time() -> None:
    frames = [adts(raw) for raw in aac_frames()[:4]]
    data, cut = b"".join(frames), len(frames[0]) + len(frames[1]) // 2
    found = read(audio(data[:cut], 90_000), audio(data[cut:], 90_000 + 2 * 1920))
    assert [frame.pts for frame in found] == [90_000 + n * 1920 for n in range(4)]
    assert [frame.data for frame in found] == list(aac_frames()[:4])


def test_half_a_frame_before_a_loss_is_forgotten() -> None:
    frames = [adts(raw) for raw in aac_frames()[:3]]
    found = read(audio(frames[0] + frames[1][:9], 0), audio(frames[2], 1920 * 5, lost=True))
    assert [frame.pts for frame in found] == [0, 1920 * 5]


def test_aac_that_is_not_ours_keeps_its_header_for_the_decoder() -> None:
    data = adts(aac_frames()[0], rate_index=4)
    (frame,) = read(audio(data, 0))
    assert frame.data == data
    assert frame.form is not None
    assert frame.form.codec == "aac"


def test_end_of_sequence_and_sei_are_dropped() -> None:
    sei = bytes((NalType.SEI, 5, 1, 2))
    (frame,) = read(video(SPS, PPS, sei, IDR, bytes((NalType.END_OF_SEQUENCE,))))
    assert kinds(frame) == [7, 8, 5]
