"""Pictures of strangers: what is shown of them, what is refused, and that nothing of the camera's notes is kept."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from distributor.errors import FetchError, ParseError
from distributor.model import Frame
from distributor.net import Answer
from distributor.sources import darkroom
from distributor.sources.darkroom import Darkroom, can_develop
from distributor.sources.guard import MIB, Guard
from distributor.sources.imaging import develop, measures

FRAME = Frame(most_bytes=5 * MIB)
RED, BLUE = (200, 30, 30), (30, 30, 200)


def drawn(width: int = 640, height: int = 360, kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    into = io.BytesIO()
    picture.convert(mode).save(into, kind, **options)
    return into.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def near(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 25 for one, other in zip(found, wanted, strict=True))


def test_a_picture_comes_back_as_it_looks_and_is_small_enough() -> None:
    photo = develop(drawn(4000, 2000), FRAME)
    assert (photo.width, photo.height, photo.mime) == (2048, 1024, "image/jpeg")
    assert len(photo.data) < FRAME.most_bytes
    assert near(opened(photo.data).getpixel((100, 500)), RED)
    assert near(opened(photo.data).getpixel((1900, 500)), BLUE)


def test_the_place_where_a_picture_was_taken_is_not_told() -> None:
    exif = Image.Exif()
    exif[0x0110] = "Camera of the desk"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (53.0, 54.0, 27.0)
    body = drawn(exif=exif, comment=b"secret", dpi=(300, 300))
    assert b"Camera of the desk" in body
    photo = develop(body, FRAME)
    assert not dict(opened(photo.data).getexif())
    assert b"Camera" not in photo.data
    assert b"secret" not in photo.data
    assert b"Exif" not in photo.data


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_stands_as_its_camera_meant_it(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    upright = opened(drawn(640, 360)).convert("RGB")
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = upright.transpose(undo[turn]) if turn > 1 else upright
    into = io.BytesIO()
    lying.save(into, "JPEG", exif=exif)
    photo = develop(into.getvalue(), FRAME)
    assert (photo.width, photo.height) == (640, 360)
    assert near(opened(photo.data).getpixel((60, 180)), RED)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF"])
def test_other_formats_are_read(kind: str) -> None:
    photo = develop(drawn(kind=kind), FRAME)
    assert photo.mime == ("image/png" if kind == "PNG" else "image/jpeg")
    assert near(opened(photo.data).convert("RGB").getpixel((60, 180)), RED)


@pytest.mark.parametrize(("mode", "kind"), [("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("CMYK", "JPEG"), ("LA", "PNG")])
def test_pictures_in_other_colours_become_plain_ones(mode: str, kind: str) -> None:
    photo = develop(drawn(mode=mode, kind=kind), FRAME)
    assert opened(photo.data).mode == "RGB"
    assert (photo.width, photo.height) == (640, 360)


def test_sixteen_bits_become_eight() -> None:
    picture = Image.new("I;16", (640, 360), 0xC000)
    into = io.BytesIO()
    picture.save(into, "PNG")
    assert near(opened(develop(into.getvalue(), FRAME).data).getpixel((5, 5)), (0xC0, 0xC0, 0xC0))


def test_what_can_be_seen_through_is_laid_on_white() -> None:
    into = io.BytesIO()
    Image.new("RGBA", (640, 360), (0, 0, 0, 0)).save(into, "PNG")
    assert opened(develop(into.getvalue(), FRAME).data).getpixel((5, 5)) == (255, 255, 255)


def test_colours_of_another_space_are_those_of_a_screen() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = develop(drawn(icc_profile=profile), FRAME)
    assert near(opened(photo.data).getpixel((60, 180)), RED)
    assert "icc_profile" not in opened(photo.data).info
    assert near(opened(develop(drawn(icc_profile=b"no profile"), FRAME).data).getpixel((60, 180)), RED)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (320, 200), RED), Image.new("RGB", (320, 200), BLUE)]
    into = io.BytesIO()
    frames[0].save(into, "GIF", save_all=True, append_images=frames[1:])
    photo = develop(into.getvalue(), FRAME)
    assert near(opened(photo.data).convert("RGB").getpixel((5, 5)), RED)
    assert getattr(opened(photo.data), "n_frames", 1) == 1


def test_a_drawn_picture_stays_sharp_unless_it_is_too_large_that_way() -> None:
    noise = Image.effect_noise((640, 360), 90)
    into = io.BytesIO()
    noise.save(into, "PNG")
    assert develop(into.getvalue(), FRAME).mime == "image/png"
    assert develop(into.getvalue(), Frame(most_bytes=100_000)).mime == "image/jpeg"


def test_a_picture_is_made_smaller_until_its_file_is_small_enough() -> None:
    noise = Image.effect_noise((1600, 1200), 90)
    into = io.BytesIO()
    noise.save(into, "JPEG", quality=95)
    photo = develop(into.getvalue(), Frame(most_bytes=60_000))
    assert len(photo.data) <= 60_000
    assert photo.width < 1600
    with pytest.raises(ParseError, match=r"too small|small enough"):
        develop(into.getvalue(), Frame(most_bytes=500))


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A few kilobytes that say that they are so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (bomb(), "million pixels"),
        (bomb(8000, 7900), "million pixels"),
        (drawn(80, 60), r"too small \(80 x 60"),
        (drawn(4000, 160), "long and narrow"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"  <SVG onload='alert(1)'>", "SVG"),
        (b"<!doctype html><p>404", "no picture"),
        (b"%PDF-1.7", "no picture"),
        (b"", "no picture"),
        (drawn()[:900], "damaged"),
        (drawn(kind="PNG")[:300], "damaged"),
        (drawn(kind="TIFF"), "no picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_shown_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        develop(body, FRAME)


GOOD = drawn(320, 200)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_picture_is_shown_or_refused_and_never_a_crash(place: int, byte: int, cut: bool) -> None:
    body = GOOD[:place] if cut else GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
    try:
        photo = develop(body, FRAME)
    except ParseError:
        return
    assert photo.width >= FRAME.least_width


def test_measures_are_read_without_decoding() -> None:
    assert measures(bomb(6000, 4000)) == (6000, 4000)
    for body in (b"nothing", bomb(), bomb(8000, 7900)):
        with pytest.raises(ParseError, match="cannot be read"):
            measures(body)


# -- behind the wall ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wall() -> Iterator[Guard]:
    guard = Guard(seconds=8.0, memory=768 * MIB, work="picture")
    yield guard
    guard.close()


class Files:
    """Files by address; what was asked for is remembered."""

    def __init__(self, **files: bytes | Exception) -> None:
        self.files = files
        self.asked: list[str] = []

    def __call__(self, url: str, *, headers: Mapping[str, str], deadline: float) -> Answer:
        assert "image/jpeg" in headers["accept"]
        assert deadline > 0
        self.asked.append(url)
        found = self.files[url]
        if isinstance(found, Exception):
            raise found
        return Answer(status=200, url=url, body=found)


def test_a_picture_is_developed_in_a_process_of_its_own_and_fetched_once(wall: Guard) -> None:
    files = Files(one=drawn(4000, 2000), two=bomb())
    room = Darkroom(files, wall)
    photo = room.develop("one", FRAME)
    assert (photo.width, photo.height) == opened(photo.data).size == (2048, 1024)
    assert room.develop("one", FRAME).digest == photo.digest
    assert room.measures("one") == (4000, 2000)
    with pytest.raises(ParseError, match="million pixels"):
        room.develop("two", FRAME)
    assert files.asked == ["one", "two"]


def test_what_is_not_there_is_asked_for_again(wall: Guard) -> None:
    files = Files(one=FetchError("answered 404", status=404), two=b"")
    room = Darkroom(files, wall)
    for _ in range(2):
        with pytest.raises(FetchError):
            room.develop("one", FRAME)
    with pytest.raises(ParseError, match="empty"):
        room.develop("two", FRAME)
    assert files.asked == ["one", "one", "two"]


def test_only_a_few_files_are_kept(wall: Guard) -> None:
    files = Files(**{f"p{number}": drawn(320, 200) for number in range(8)})
    room = Darkroom(files, wall)
    for number in [*range(8), 0, 7]:
        room.measures(f"p{number}")
    assert files.asked == [f"p{number}" for number in range(8)] + ["p0"]


def test_without_the_extra_the_log_says_how_to_have_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert can_develop()
    assert not caplog.records
    monkeypatch.setattr(darkroom, "find_spec", lambda _: None)
    assert not can_develop()
    assert "pip install 'distributor[images]'" in caplog.text
