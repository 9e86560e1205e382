"""Pictures from elsewhere: fetched with suspicion, redrawn before they go on.

A URL in an order is somebody else's text. It is fetched only over https from public addresses
(or from an origin in TRUSTED_ORIGINS), with the checked address pinned, without redirects, with
caps on time and bytes; what comes is decoded, capped in pixels and re-encoded as JPEG, which
drops metadata and anything hidden behind the picture.
"""

import io
import time
import warnings
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3
from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from integrations.addresses import AddressRefused, checked_url, is_trusted, resolve

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 2000
SECONDS = 10
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")


class PictureRefused(Exception):
    """This picture will not do; the text says why. `again` says whether trying later may help."""

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


@dataclass(frozen=True, slots=True)
class _Target:
    url: SplitResult
    address: str
    port: int


def fetch_picture(url: str) -> bytes:
    """The bytes behind a picture URL. Raises PictureRefused."""
    target = _checked(url)
    pool = _pool(target)
    host = target.url.netloc
    path = target.url.path or "/"
    if target.url.query:
        path = f"{path}?{target.url.query}"
    try:
        response = pool.request(
            "GET",
            path,
            headers={"Host": host, "User-Agent": settings.USER_AGENT, "Accept": "image/*"},
            preload_content=False,
            redirect=False,
            retries=False,
        )
        return _body(response)
    except urllib3.exceptions.HTTPError as error:
        raise PictureRefused("The picture could not be fetched.", again=True) from error
    finally:
        pool.close()


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    if response.status != 200:
        again = response.status >= 500 or response.status in {404, 403, 429}
        raise PictureRefused(
            f"The picture's address answers {response.status} instead of a picture.", again=again
        )
    if not response.headers.get("Content-Type", "").startswith("image/"):
        raise PictureRefused("The address answers with a page, not with a picture.", again=True)
    deadline, parts, size = time.monotonic() + SECONDS, [], 0
    for part in response.stream(64 * 1024, decode_content=False):
        size += len(part)
        if size > MAX_BYTES:
            raise PictureRefused("The picture is larger than 15 MB.")
        if time.monotonic() > deadline:
            raise PictureRefused("The picture took too long to arrive.", again=True)
        parts.append(part)
    return b"".join(parts)


def _checked(url: str) -> _Target:
    """Only https on 443 to public addresses, or an origin we were told to trust."""
    try:
        checked_url(url)
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = resolve(parts.hostname or "", port, trusted=is_trusted(url))
    except AddressRefused as error:
        raise PictureRefused(f"Its address is not one we fetch from: {error}") from error
    except ValueError as error:
        raise PictureRefused("The picture's address is not one.") from error
    except OSError as error:
        raise PictureRefused("The picture's host is not known.", again=True) from error
    return _Target(parts, found[0][1], port)


def _pool(target: _Target) -> urllib3.HTTPConnectionPool:
    """A connection to the address that was checked, with the name it was checked for."""
    timeout = urllib3.Timeout(connect=5, read=SECONDS)
    if target.url.scheme == "http":
        return urllib3.HTTPConnectionPool(target.address, target.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        target.address,
        target.port,
        timeout=timeout,
        server_hostname=target.url.hostname,
        assert_hostname=target.url.hostname,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )


def redraw(data: bytes) -> bytes:
    """A JPEG of at most 2,000 pixels a side, upright, without metadata. Raises PictureRefused."""
    if not data:
        raise PictureRefused("The picture is empty.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _redraw(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused("The picture has more than 40 million pixels.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise PictureRefused("The file is damaged or not a picture we know.") from error


def _redraw(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise PictureRefused("The picture has more than 40 million pixels.")
        image.seek(0)
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        flat = _on_white(upright)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent parts become white, as on a shelf label; other modes become RGB."""
    if image.mode in {"I;16", "I", "F"}:
        image = image.convert("F").point(lambda value: value / 256).convert("L")
    if image.mode in {"RGBA", "LA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    return image.convert("RGB")
