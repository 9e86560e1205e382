"""Pictures of the products an order created: fetched, redrawn, uploaded, and never in the way.

They go last, in a task of their own. The bytes that are sent are kept until the upload is done,
so that a repeat sends the same bytes. A picture that cannot be had is tried again, then told.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from catalog.models import ProductImage
from integrations.engine import Job
from integrations.errors import Refused, Unreachable
from integrations.journal import Found, perform
from integrations.pictures import PictureRefused, fetch_picture, redraw
from integrations.sending.wanted import gather
from integrations.sending.writes import BaseWrite, Context, Mirror
from integrations.xseries.client import client_for
from purchasing.models import NewProduct, PurchaseOrder
from retailers.models import tell

TRIES = 5


@dataclass(slots=True)
class ImageWrite(BaseWrite):
    """One upload, keyed by the product and the bytes; identical bytes are reused by the POS."""

    kind = "image"
    product: int = 0
    remote: str = ""
    data: bytes = b""
    name: str = ""
    position: int = 0
    before: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def key(self) -> str:
        return f"{self.product}:{self.digest}"

    @property
    def title(self) -> str:
        return f"Picture of {self.name}"

    def probe(self) -> dict[str, Any]:
        return {"sent": True, "before": self.before}

    def _there(self) -> dict[int, str]:
        images = ProductImage.objects.filter(product_id=self.product, deleted_at=None)
        return self.context.remote_of("image", images.values_list("pk", flat=True))

    def look(self, probe: dict[str, Any]) -> list[Found]:
        if not probe:
            self.before = list(self._there().values())
            return []
        self.context.mirror.again("products")
        self.before = probe.get("before", [])
        fresh = [remote for remote in self._there().values() if remote not in self.before]
        return [Found(remote_id=remote, result={"seen": True}) for remote in fresh[:1]]

    def payload(self) -> str:
        return self.digest

    def send(self, payload: Any) -> Found:
        image, status = self.context.client.upload_image(
            self.remote, self.data, f"{self.digest[:16]}.jpg", "image/jpeg"
        )
        return Found(remote_id=image, result={"status": status})

    def record(self, found: Found) -> None:
        if found.result.get("seen"):
            return
        image = ProductImage(
            retailer_id=self.context.order.retailer_id,
            product_id=self.product,
            position=self.position,
            digest=self.digest,
        )
        image.file.save(f"{self.digest[:24]}.jpg", ContentFile(self.data), save=False)
        image.save()
        self.context.remember("image", image.pk, found.remote_id)


def send_images(job: Job) -> None:
    """Handler of `images:<order>`."""
    order = PurchaseOrder.objects.select_related("supplier", "retailer").get(pk=int(job.key))
    context = Context(
        job,
        client_for(job),
        Mirror(job),
        gather(order, job.connection),
        generation=order.send_plan.generation,
    )
    failed: list[str] = []
    again = False
    for product in NewProduct.objects.filter(order=order, product__isnull=False):
        for position, url in enumerate(product.image_urls):
            try:
                _upload(context, product, url, position)
            except PictureRefused as error:
                failed.append(f"{product.name}: {error}")
                again = again or error.again
            except Refused as error:
                failed.append(f"{product.name}: {error}")
    _tell(job, order, failed, again=again)


def _upload(context: Context, product: NewProduct, url: str, position: int) -> None:
    """One picture, unless it is there already."""
    assert product.product_id is not None  # noqa: S101 - filtered on it
    if ProductImage.objects.filter(product_id=product.product_id, position=position).exists():
        return
    remote = context.remote_of("family", [product.product_id]).get(product.product_id)
    if remote is None:
        raise PictureRefused("The product is not in Lightspeed any more.")
    context.job.keep_going()
    data = redraw(fetch_picture(url))
    perform(
        context.job,
        ImageWrite(
            context,
            product=product.product_id,
            remote=remote,
            data=data,
            name=product.name,
            position=position,
        ),
    )


def _tell(job: Job, order: PurchaseOrder, failed: list[str], *, again: bool) -> None:
    """Try again later where it may help; else say which products are without a picture."""
    if not failed:
        return
    text = " ".join(f"{one.rstrip('.')}." for one in failed[:10])
    if again and job.task.attempts < TRIES:
        raise Unreachable(_("Pictures are tried again: %s") % text)
    with job.writing():
        tell(order, "pictures", _("Without a picture: %s The order is complete.") % text)
