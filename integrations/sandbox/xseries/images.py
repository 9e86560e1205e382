"""Product images: multipart upload, processed a moment later, identical bytes reused."""

from __future__ import annotations

import base64
import hashlib
import io

from flask import Blueprint, Response, request
from PIL import Image, UnidentifiedImageError

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import this
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.product_rows import family_of, save_product
from integrations.sandbox.xseries.refusals import missing, refuse_fields, sent_body
from integrations.sandbox.xseries.routes import api, data
from integrations.sandbox.xseries.shop import Shop, current

LARGEST_BYTES, MOST_IMAGES = 10 * 2**20, 250
FORMATS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "TIFF": "tif", "WEBP": "webp"}
PROCESSING_SECONDS = 1.0

pictures = Blueprint("pictures", __name__)


@api.post("/products/<product_id>/actions/image_upload")
@needs("products:write")
def upload_image(product_id: str) -> Response:
    """One part called `image`; the picture belongs to the family, so to its parent."""
    shop = current()
    part = request.files.get("image")
    if part is None:
        raise refuse_fields({"image": ["a multipart part named image is required"]}, 400)
    content = part.read()
    if len(content) > LARGEST_BYTES:
        raise refuse_fields({"image": ["must not be larger than 10 MB"]}, 413)
    kind = _format(content)
    with shop.store.transaction():
        parent = family_of(shop, shop.need("products", product_id, "Product"))[0]
        digest = hashlib.sha256(content).hexdigest()
        same = shop.find("images", product=parent["id"], digest=digest)
        image = same[0] if same else _add(shop, parent, content, digest, kind)
    return data(shown(shop, image) | {"status": "processing"}, 201)


def _format(content: bytes) -> str | None:
    """The picture's format, None when it is broken; refuses what is no picture at all."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            kind = picture.format or ""
            if kind not in FORMATS:
                raise refuse_fields({"image": ["must be a JPG, PNG, GIF, TIFF or WEBP file"]})
            picture.load()
    except UnidentifiedImageError:
        raise refuse_fields({"image": ["is not an image"]}) from None
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return kind


def _add(shop: Shop, parent: Doc, content: bytes, digest: str, kind: str | None) -> Doc:
    number = shop.count("images", product=parent["id"])
    if number >= MOST_IMAGES:
        raise refuse_fields({"image": [f"a product has at most {MOST_IMAGES} images"]})
    own = shop.new_id()
    image = {
        "id": own,
        "product_id": parent["id"],
        "position": number + 1,
        "digest": digest,
        "format": kind,
        "ready_at": shop.clock.seconds() + PROCESSING_SECONDS * this().lag_scale,
        "deleted_at": None,
    }
    shop.save("images", image)
    shop.store.put(shop.kind("image_bytes"), own, {"base64": base64.b64encode(content).decode()})
    _show_on_product(shop, parent)
    shop.effect("image_uploaded", own, product=parent["id"], sha256=digest, bytes=len(content))
    return image


def shown(shop: Shop, image: Doc) -> Doc:
    """The image as callers see it: processing, then uploaded, or error for a broken file."""
    status = "uploaded" if image["format"] else "error"
    if shop.clock.seconds() < image["ready_at"]:
        status = "processing"
    members = {name: image[name] for name in ("id", "product_id", "position", "version")}
    return members | {"status": status, "url": _url(shop, image["id"])}


def _url(shop: Shop, image_id: str) -> str:
    return f"{request.host_url}{shop.prefix}/images/{image_id}"


def _show_on_product(shop: Shop, product: Doc) -> None:
    """The product lists its good images by position, the first as its main picture."""
    found = [i for i in shop.find("images", product=product["id"]) if i["format"]]
    found.sort(key=lambda image: (image["position"], image["version"]))
    urls = [{"id": i["id"], "url": _url(shop, i["id"]), "version": i["version"]} for i in found]
    product["images"] = urls
    product["image_url"] = product["image_thumbnail_url"] = urls[0]["url"] if urls else ""
    save_product(shop, product)


@api.get("/product_images/<image_id>")
@needs("products:read")
def get_image(image_id: str) -> Response:
    shop = current()
    return data(shown(shop, shop.need("images", image_id, "Image")))


@api.put("/product_images/<image_id>")
@needs("products:write")
def place_image(image_id: str) -> Response:
    """Only the position can be set."""
    shop, body = current(), sent_body()
    position = body.number("position", least=1)
    if position is None and not body.errors:
        body.wrong("position", "is required")
    body.check()
    with shop.store.transaction():
        image = shop.need("images", image_id, "Image") | {"position": position}
        shop.save("images", image)
        product = shop.get("products", image["product_id"])
        if product is not None:
            _show_on_product(shop, product)
    return data(shown(shop, image))


@api.delete("/product_images/<image_id>")
@needs("products:write")
def delete_image(image_id: str) -> Response:
    shop = current()
    with shop.store.transaction():
        image = shop.need("images", image_id, "Image")
        shop.bury("images", image)
        shop.store.delete(shop.kind("image_bytes"), image_id)
        product = shop.get("products", image["product_id"])
        if product is not None:
            _show_on_product(shop, product)
        shop.effect("image_deleted", image_id)
    return Response("", 204)


@pictures.get("/<prefix>/images/<image_id>")
def image_file(prefix: str, image_id: str) -> Response:
    """The uploaded bytes, for whoever has the address, as a picture service would."""
    stored = this().store.get(f"{prefix}.image_bytes", image_id)
    image = this().store.get(f"{prefix}.images", image_id)
    if stored is None or image is None:
        raise missing("Image")
    mime = f"image/{(image['format'] or 'jpeg').lower()}"
    return Response(base64.b64decode(stored["base64"]), content_type=mime)
