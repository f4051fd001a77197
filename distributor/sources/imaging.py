"""A stranger's picture made fit to be shown: upright, without its camera's notes, within a platform's limits.

The only home of Pillow, which is an extra. Runs in the guarded child alone; must open nothing and fetch nothing.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Final

from distributor.errors import ParseError
from distributor.model import Frame, Photo

if TYPE_CHECKING:
    from PIL import Image

#: what is opened; of an animation the first frame is shown, and nothing that draws itself (SVG, PDF, fonts) is run
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
#: pixels before anything is decoded; a camera's picture has 12 to 50 million
MOST_PIXELS: Final = 60_000_000
#: of JPEG, tried in this order until the file is small enough; then the picture is made smaller
QUALITIES: Final = (88, 78, 66)
_SMALLER: Final = 0.75
#: the camera's note of how it was held (EXIF 2.32, section 4.6.4) and what that asks for
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
#: what Pillow's readers raise for files that are not what they say; a picture of no known kind is an OSError, too
_DAMAGED: Final = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError)
#: a drawing that describes itself
_DRAWINGS: Final = (b"<svg", b"<?xml", b"<!doctype svg")


def load() -> None:
    """Load every format at once, before any limit of memory holds."""
    from PIL import Image

    Image.init()


def develop(body: bytes, frame: Frame) -> Photo:
    """The picture in these bytes as ``frame`` asks for it. Raises ParseError, in words, for what cannot be shown."""
    from PIL import Image, UnidentifiedImageError

    if body.lstrip()[:64].lower().startswith(_DRAWINGS):
        raise ParseError("it is a drawing (SVG), which platforms do not take")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
                _check(picture.width, picture.height, frame)
                return _encoded(_upright(picture, frame), frame, is_drawn=picture.format == "PNG")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ParseError(f"it has more than {MOST_PIXELS // 1_000_000} million pixels") from None
    except UnidentifiedImageError:
        raise ParseError(f"it is no picture that can be shown ({', '.join(FORMATS)})") from None
    except _DAMAGED as error:
        raise ParseError(f"the picture is damaged ({type(error).__name__})") from None


def measures(body: bytes) -> tuple[int, int]:
    """Width and height as the file's head says, without decoding it. Raises ParseError."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
                return picture.width, picture.height
    except (*_DAMAGED, Warning, Image.DecompressionBombError) as error:
        raise ParseError(f"its picture cannot be read ({type(error).__name__})") from None


def _check(width: int, height: int, frame: Frame) -> None:
    """Raise ParseError for measures that no reader could use, before anything is decoded."""
    if width * height > MOST_PIXELS:
        raise ParseError(f"it has more than {MOST_PIXELS // 1_000_000} million pixels")
    if max(width, height) > frame.most_ratio * min(width, height):
        raise ParseError(f"it is too long and narrow ({width} x {height} pixels)")
    # a picture may lie on its side until it is turned
    if min(width, height) < frame.least_height or max(width, height) < frame.least_width:
        raise ParseError(f"it is too small ({width} x {height} pixels)")


def _upright(picture: Image.Image, frame: Frame) -> Image.Image:
    """The first frame, turned as its camera meant it, in plain colours on white, not larger than it may be."""
    from PIL import Image

    turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    # a JPEG can be read at a half or a quarter of its size, which a great one should be
    picture.draft(None, (frame.longest, frame.longest))
    found = _direct(picture)
    found.thumbnail((frame.longest, frame.longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    found = _on_white(_in_common_colours(found))
    return found if turn is None else found.transpose(Image.Transpose[turn])


def _direct(picture: Image.Image) -> Image.Image:
    """The picture in colours that can be mixed: no palette, no sixteen bits."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in ("RGB", "RGBA", "L", "CMYK"):
        picture.load()
        return picture
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """Red, green and blue alone; what can be seen through is laid on white, and nothing else is kept of the file."""
    from PIL import Image

    found = Image.new("RGB", picture.size, (255, 255, 255))
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        found.paste(layer, mask=layer.getchannel("A"))
    else:
        found.paste(picture.convert("RGB"))
    return found


def _in_common_colours(picture: Image.Image) -> Image.Image:
    """The picture in sRGB where it names another space; one whose profile cannot be read stays as it is."""
    from PIL import ImageCms

    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "CMYK"):
        return picture
    try:
        there = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        common = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        return ImageCms.profileToProfile(picture, there, common, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _encoded(picture: Image.Image, frame: Frame, *, is_drawn: bool) -> Photo:
    """The picture as a file that is small enough: a drawn one as it was drawn, where that fits."""
    _check(picture.width, picture.height, frame)
    if is_drawn:
        data = _written(picture, "PNG")
        if len(data) <= frame.most_bytes:
            return Photo(data=data, mime="image/png", width=picture.width, height=picture.height)
    while min(picture.size) >= 1:
        for quality in QUALITIES:
            data = _written(picture, "JPEG", quality=quality, optimize=True, progressive=True)
            if len(data) <= frame.most_bytes:
                return Photo(data=data, mime="image/jpeg", width=picture.width, height=picture.height)
        width, height = (round(side * _SMALLER) for side in picture.size)
        _check(width, height, frame)
        picture = picture.resize((width, height))
    raise ParseError("it cannot be made small enough")


def _written(picture: Image.Image, kind: str, **options: object) -> bytes:
    into = io.BytesIO()
    picture.save(into, kind, **options)
    return into.getvalue()
