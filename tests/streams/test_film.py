from __future__ import annotations

import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from streams.demofilm import SHAPES, DemoFilm, cues_of, make
from streams.errors import Refused
from streams.film import Film
from streams.intake import take_in
from streams.nalunits import NalType, nal_type, split_lengths
from streams.probe import probe
from streams.recoding import even_rate
from streams.segments import AccessUnit, Lane

PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=4"]
SINE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=4"]
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]


def a_file(folder: Path, *arguments: str, name: str = "film.mp4") -> Path:
    """A film made by ffmpeg, another program than ours."""
    file = folder / name
    command = ["ffmpeg", "-v", "error", "-y", *arguments, str(file)]
    subprocess.run(command, check=True, timeout=60)
    return file


def taken_in(source: Path) -> Film:
    target = source.with_name("taken.mp4")
    take_in(source, target, lambda done: None)
    return Film.open(target)


def lane(units: list[AccessUnit], wanted: Lane) -> list[AccessUnit]:
    return [unit for unit in units if unit.lane is wanted]


def pictures_of(units: list[AccessUnit]) -> int:
    """How many pictures a decoder makes of them, without a complaint."""
    codec = av.CodecContext.create("h264", "r")
    count = 0
    for unit in lane(units, Lane.VIDEO):
        data = b"".join(b"\0\0\0\1" + nal for nal in split_lengths(unit.data))
        count += len(codec.decode(av.Packet(data)))
    return count + len(codec.decode(None))


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


# --- kept as it is


def test_h264_with_aac_is_kept_and_played_whole(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *SINE, *H264, "-g", "50", "-ar", "48000", "-ac", "2")
    found = probe(source)
    assert (found.keeps_video, found.keeps_audio) == (True, True)
    units = list(taken_in(source).access_units(900_000))
    video = lane(units, Lane.VIDEO)
    assert pictures_of(units) == len(video) == 100
    assert video[0].pts_ticks == video[0].dts_ticks == 900_000
    assert min(unit.pts_ticks for unit in video) == 900_000
    dts = [unit.dts_ticks for unit in video]
    assert dts == sorted(set(dts))


def test_b_frames_keep_their_order_by_signed_offsets(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-bf", "3", "-g", "50")
    video = lane(list(taken_in(source).access_units(0)), Lane.VIDEO)
    shown = sorted(unit.pts_ticks for unit in video)
    assert shown == [3600 * n for n in range(100)]
    assert any(unit.pts_ticks < unit.dts_ticks for unit in video)


def test_a_keyframe_that_is_no_idr_is_no_place_to_begin(tmp_path: Path) -> None:
    source = a_file(
        tmp_path, *PICTURE, *H264, "-x264-params", "keyint=12:min-keyint=12:open-gop=1:bframes=3"
    )
    with av.open(str(source)) as file:
        keyframes = [packet for packet in file.demux(video=0) if packet.is_keyframe]
    assert len(keyframes) > 5
    assert probe(source).gap_s == pytest.approx(4.0, abs=0.1)
    film = taken_in(source)
    units = list(film.access_units(0, offset_s=2.2))
    video = lane(units, Lane.VIDEO)
    assert video[0].key
    assert min(unit.pts_ticks for unit in video) == 0
    assert pictures_of(units) == len(video) == 100


@pytest.mark.parametrize("gap_s", [1, 4])
def test_every_idr_brings_its_parameters(tmp_path: Path, gap_s: int) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-g", str(25 * gap_s), "-sc_threshold", "0")
    video = lane(list(taken_in(source).access_units(0)), Lane.VIDEO)
    keys = [unit for unit in video if unit.key]
    assert len(keys) == 4 // gap_s
    for unit in keys:
        kinds = [nal_type(nal) for nal in split_lengths(unit.data)]
        assert kinds[:2] == [NalType.SPS, NalType.PPS]


def test_a_film_goes_on_from_the_idr_before_a_place(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-g", "25", "-sc_threshold", "0", "-bf", "0")
    film = taken_in(source)
    video = lane(list(film.access_units(90_000, offset_s=2.5)), Lane.VIDEO)
    assert video[0].key
    assert video[0].pts_ticks == 90_000
    assert len(video) == 50
    assert list(film.access_units(0, offset_s=4.5)) == []


# --- sound


def test_sound_of_another_rate_and_one_channel_is_coded_anew(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *SINE, *H264, "-ac", "1", "-c:a", "aac")
    found = probe(source)
    assert (found.keeps_video, found.has_audio, found.keeps_audio) == (True, True, False)
    audio = lane(list(taken_in(source).access_units(0)), Lane.AUDIO)
    assert len(audio) in range(186, 190)
    assert [unit.pts_ticks for unit in audio] == [1024 * n for n in range(len(audio))]
    assert loudest(audio) > 0.05


def test_a_film_without_sound_is_played_with_silence(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264)
    audio = lane(list(taken_in(source).access_units(0)), Lane.AUDIO)
    assert len(audio) in range(186, 190)
    assert loudest(audio) < 1e-4


def loudest(audio: list[AccessUnit]) -> float:
    codec = av.CodecContext.create("aac", "r")
    codec.extradata = b"\x11\x90"
    peak = 0.0
    for unit in audio:
        for frame in codec.decode(av.Packet(unit.data)):
            samples = memoryview(bytes(frame.planes[0])).cast("f")
            peak = max(peak, *(abs(sample) for sample in samples))
    return peak


def heard(film: Film) -> tuple[float, float]:
    """From when to when a film is louder than a whisper, in seconds."""
    codec = av.CodecContext.create("aac", "r")
    codec.extradata = b"\x11\x90"
    times: list[float] = []
    for unit in lane(list(film.access_units(0)), Lane.AUDIO):
        for frame in codec.decode(av.Packet(unit.data)):
            samples = memoryview(bytes(frame.planes[0])).cast("f")
            if max(map(abs, samples)) > 0.03:
                times.append(unit.pts_ticks / 48_000)
    return times[0], times[-1]


LATE = ["-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=2"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([*H264, "-c:a", "aac", "-ar", "48000", "-ac", "2"], "kept.mp4"),
        ([*H264, "-c:a", "libmp3lame"], "sound_anew.mkv"),
        (["-c:v", "mpeg2video", "-c:a", "mp2"], "both_anew.ts"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sound_that_starts_late_starts_as_late_in_the_film(
    tmp_path: Path, arguments: list[str], name: str
) -> None:
    film = taken_in(a_file(tmp_path, *PICTURE, *LATE, *arguments, name=name))
    begins, ends = heard(film)
    assert begins == pytest.approx(1.5, abs=0.05)
    assert ends == pytest.approx(3.5, abs=0.05)


def test_a_seek_finds_the_sound_of_its_place(tmp_path: Path) -> None:
    arguments = [*H264, "-g", "25", "-sc_threshold", "0", "-c:a", "aac", "-ar", "48000", "-ac", "2"]
    film = taken_in(a_file(tmp_path, *PICTURE, *LATE, *arguments))
    whole = [unit.data for unit in lane(list(film.access_units(0)), Lane.AUDIO)]
    from_two_s = [unit.data for unit in lane(list(film.access_units(0, 2.4)), Lane.AUDIO)]
    assert whole.index(from_two_s[0]) in (93, 94)
    assert from_two_s[:60] == whole[whole.index(from_two_s[0]) :][:60]


# --- coded anew


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c:v", "mpeg4"],
        ["-c:v", "libvpx", "-f", "webm"],
        ["-c:v", "libx264", "-pix_fmt", "yuv444p"],
        ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "1000", "-t", "9"],
    ],
    ids=["another codec", "another container", "another colour format", "keyframes too far apart"],
)
def test_what_cannot_be_played_as_it_is_is_coded_anew(tmp_path: Path, arguments: list[str]) -> None:
    long = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=9"]
    source = a_file(tmp_path, *long, *arguments, name="source.mkv")
    assert not probe(source).keeps_video
    told: list[float] = []
    target = tmp_path / "taken.mp4"
    take_in(source, target, told.append)
    assert told[-1] == 1.0
    assert told == sorted(told)
    found = probe(target)
    assert found.keeps_video
    assert found.gap_s <= 2.2
    units = list(Film.open(target).access_units(0))
    assert pictures_of(units) == 90


def against(source: Path) -> tuple[str, ...]:
    return probe(source).against


def test_what_speaks_against_keeping_pictures_is_named(tmp_path: Path) -> None:
    large = ["-f", "lavfi", "-i", "testsrc2=size=2560x1440:rate=5:duration=1"]
    fields = ["-vf", "tinterlace=mode=interleave_top", "-flags", "+ilme+ildct"]
    ten_bit = ["-c:v", "libx264", "-pix_fmt", "yuv420p10le"]
    assert against(a_file(tmp_path, *PICTURE, *H264)) == ()
    assert "another_codec" in against(a_file(tmp_path, *PICTURE, "-c:v", "mpeg4"))
    assert against(a_file(tmp_path, *PICTURE, *ten_bit)) == ("another_colour",)
    assert "too_fine" in against(a_file(tmp_path, *large, *H264))
    assert against(a_file(tmp_path, *PICTURE, *fields, *H264)) == ("interlaced",)
    rare = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=8", "-g", "1000"]
    assert against(a_file(tmp_path, *rare, *H264)) == ("keyframes_too_rare",)


@pytest.mark.parametrize("name", ["film.ts", "film.mkv", "film.flv"])
def test_h264_is_kept_out_of_every_container(tmp_path: Path, name: str) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-bf", "3", "-g", "50", name=name)
    assert against(source) == ()
    assert probe(source).b_frames
    units = list(taken_in(source).access_units(0))
    video = lane(units, Lane.VIDEO)
    assert sorted(unit.pts_ticks for unit in video) == [3600 * n for n in range(100)]
    assert pictures_of(units) == 100


def test_fields_become_whole_pictures(tmp_path: Path) -> None:
    fields = ["-vf", "tinterlace=mode=interleave_top", "-flags", "+ilme+ildct"]
    film = taken_in(a_file(tmp_path, *PICTURE, *fields, *H264))
    assert against(film.path) == ()
    assert pictures_of(list(film.access_units(0))) == 50


def test_a_film_from_a_phone_held_upright_is_turned(tmp_path: Path) -> None:
    flat, turned = a_file(tmp_path, *PICTURE, *H264), tmp_path / "turned.mp4"
    with av.open(str(flat)) as file, av.open(str(turned), "w") as out:
        copy = out.add_stream_from_template(file.streams.video[0])
        copy.set_display_rotation(90)
        for packet in file.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    assert against(turned) == ("turned",)
    found = probe(taken_in(turned).path)
    assert (found.width, found.height, found.turned_degrees) == (240, 320, 0)


def test_a_film_of_uneven_pace_gets_an_even_one(tmp_path: Path) -> None:
    uneven = ["-vf", "select='not(mod(n,7))+gt(mod(n,5),3)'", "-vsync", "vfr", "-c:v", "mpeg4"]
    film = taken_in(a_file(tmp_path, *PICTURE, *uneven, name="source.mkv"))
    units = lane(list(film.access_units(0)), Lane.VIDEO)
    shown = sorted(unit.pts_ticks for unit in units)
    assert {after - before for before, after in pairwise(shown)} == {3600}


@pytest.mark.parametrize(
    ("said", "coded"),
    [("25", "25"), ("50", "25"), ("60000/1001", "30000/1001"), ("90000", "25"), ("0", "25")],
)
def test_a_rate_is_halved_until_it_is_thirty_or_less(said: str, coded: str) -> None:
    assert even_rate(Fraction(said)) == Fraction(coded)


def test_a_damaged_film_is_coded_from_what_can_be_read(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-g", "25", "-sc_threshold", "0")
    data = bytearray(source.read_bytes())
    third = len(data) // 3
    data[third : third + 3000] = b"\xff" * 3000
    source.write_bytes(data)
    assert "damaged" in against(source)
    film = taken_in(source)
    assert against(film.path) == ()
    assert film.duration_s == pytest.approx(4.0, abs=0.2)


# --- refused


@pytest.mark.parametrize(
    "words",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfilm.mp4\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'film.mp4'\n",
    ],
    ids=["playlist", "concatenation"],
)
def test_a_file_that_names_other_files_is_not_followed(tmp_path: Path, words: str) -> None:
    a_file(tmp_path, *PICTURE, *H264)
    pointing = tmp_path / "pointing.mp4"
    pointing.write_text(words)
    assert refusal(probe, pointing) == "unreadable"


def test_the_cover_of_an_album_is_no_film(tmp_path: Path) -> None:
    cover = [
        "-frames:v",
        "1",
        "-c:v",
        "mjpeg",
        "-pix_fmt",
        "yuvj420p",
        "-disposition:v",
        "+attached_pic",
    ]
    album = a_file(tmp_path, *SINE, *PICTURE, *cover, name="album.m4a")
    assert refusal(probe, album) == "no_video"


def test_what_is_no_film_is_refused_by_name(tmp_path: Path) -> None:
    empty, noise, text = tmp_path / "empty", tmp_path / "noise", tmp_path / "text"
    empty.touch()
    noise.write_bytes(bytes(range(256)) * 400)
    text.write_text("dette er ikke en film\n" * 100)
    sound = a_file(tmp_path, *SINE, name="sound.mp4")
    assert refusal(probe, empty) == "empty"
    assert refusal(probe, noise) == "unreadable"
    assert refusal(probe, text) in ("unreadable", "no_video")
    assert refusal(probe, sound) == "no_video"


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.mp4"
    with huge.open("wb") as file:
        file.truncate(21 * 1024**3)
    assert refusal(probe, huge) == "too_large"


def test_a_film_cut_short_leaves_nothing_half_behind(tmp_path: Path) -> None:
    whole = a_file(tmp_path, *PICTURE, *H264, "-movflags", "faststart")
    short = tmp_path / "short.mp4"
    short.write_bytes(whole.read_bytes()[:3000])
    target = tmp_path / "taken.mp4"
    assert refusal(take_in, short, target, lambda done: None) in ("unreadable", "no_video")
    assert not target.exists()
    assert not target.with_suffix(".part").exists()


# --- made here


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_a_demo_film_is_made_in_its_shape_with_captions(tmp_path: Path, number: int) -> None:
    asked = DemoFilm("oplaeg-1", "God og motiverende undervisning", "Temamøde 3", 3.0, number)
    film = Film.open(make(asked, tmp_path))
    found = probe(film.path)
    assert (found.width, found.height, round(found.fps)) == SHAPES[number]
    assert (found.keeps_video, found.keeps_audio) == (True, True)
    units = list(film.access_units(0))
    assert pictures_of(units) == 3 * SHAPES[number][2]
    assert loudest(lane(units, Lane.AUDIO)[20:40]) > 0.01
    assert (tmp_path / "oplaeg-1.vtt").read_text("utf-8").startswith("WEBVTT")


def test_captions_fill_a_demo_film_and_never_pass_its_end() -> None:
    cues = cues_of(DemoFilm("a", "Titel", "", 12.0, lines=("et", "to")))
    assert [cue.text for cue in cues] == ["et", "to", "et"]
    assert cues[-1].end_s <= 12.0
