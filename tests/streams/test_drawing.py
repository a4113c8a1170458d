"""Letters, canvas, stamp and cards: what we draw ourselves."""

from __future__ import annotations

from PIL import Image

from streams import framestamp
from streams.canvas import Canvas, Sprite
from streams.lettering import Weight, fit, font, wrap
from streams.testcard import CardLook, Testcard, clock_text


def stamp_of(luma: Image.Image) -> int | None:
    data = luma.tobytes()
    return framestamp.read(lambda x, y: data[y * luma.width + x], *luma.size)


def test_danish_letters_are_drawn_and_differ() -> None:
    face = font(Weight.TEXT, 40)
    shapes = {bytes(face.getmask(letter)) for letter in "æøåÆØÅé–·"}
    assert len(shapes) == 9


def test_figures_are_all_of_one_width() -> None:
    face = font(Weight.TITLE, 40)
    assert len({face.getlength(figure) for figure in "0123456789"}) == 1


def test_text_is_broken_at_words_and_a_long_word_inside() -> None:
    face = font(Weight.TEXT, 20)
    lines = wrap("Vi er straks tilbage\nspecialundervisningsvejledning", face, 120)
    assert all(face.getlength(line) <= 120 for line in lines)
    assert " ".join(lines).replace(" ", "") == "Vierstrakstilbagespecialundervisningsvejledning"


def test_the_largest_size_that_fits_is_taken_and_the_rest_is_cut() -> None:
    assert fit("Pause", Weight.TITLE, (60, 30), 800, 1)[0].size == 60
    face, lines = fit("Pause " * 60, Weight.TITLE, (60, 30), 800, 2)
    assert face.size == 30
    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_a_canvas_shows_what_is_pasted_and_brings_its_background_back() -> None:
    canvas = Canvas(Image.new("RGB", (64, 32), "#000000"))
    before = bytes(canvas.frame().planes[0])
    canvas.paste(Sprite.of(Image.new("RGB", (8, 8), "#ffffff")), 16, 8)
    drawn = canvas.frame()
    row = bytes(drawn.planes[0])[10 * drawn.planes[0].line_size :]
    assert row[18] > 200
    assert row[40] < 40
    canvas.restore((16, 8, 24, 16))
    assert bytes(canvas.frame().planes[0]) == before


def test_a_stamp_is_read_back_and_nothing_else_is_taken_for_one() -> None:
    for time_ms in (0, 1, 123_456_789, 2**32 - 1):
        picture = Image.new("L", (640, 360), 100)
        framestamp.write(picture, time_ms)
        assert stamp_of(picture) == time_ms
    for value in (0, 100, 255):
        assert stamp_of(Image.new("L", (640, 360), value)) is None
    assert framestamp.read(lambda x, y: 0, 100, 100) is None


def test_a_card_s_frame_carries_its_stamp_and_its_clock_moves() -> None:
    card = Testcard(CardLook(640, 360), "KL-huset")
    card.show("Velkommen til årets topmøde", "Thomas Gyldal Petersen")
    first = card.draw(33_303_480, 0).luma.copy()
    second = card.draw(33_303_520, 40).luma
    assert stamp_of(second) == 40
    assert first.tobytes() != second.tobytes()


def test_a_clock_is_written_the_danish_way() -> None:
    assert clock_text(33_303_480) == "09.15.03,48"
    assert clock_text(24 * 3_600_000) == "00.00.00,00"
