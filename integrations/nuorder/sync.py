"""What the worker does with a brand portal: shake hands, list, read, take in.

Every handler may be stopped anywhere and run again. NuORDER has no feed of changes and a move of
status need not show in `modified_on`, so orders are found by listing ids by status, and open ones
are read again each hour. One order that cannot be read never keeps another from being read.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import pace
from integrations.engine import Job, SliceOver, ask
from integrations.errors import Forbidden, Missing, Refused, RemoteError, Unauthorised, Unreadable
from integrations.lanes import LostLane
from integrations.models import Connection
from integrations.nuorder.body import digest_of, order_number_in, text_of
from integrations.nuorder.client import NuOrderClient, client_for, host_of
from integrations.nuorder.handshake import (
    connect_finish,
    connect_start,
    source_of,
    supplier_of,
    test,
)
from integrations.nuorder.payloads import read_order as order_from
from integrations.nuorder.products import read_product
from integrations.nuorder.reading import choose
from purchasing.intake import note_gone, take_in, take_in_unreadable
from purchasing.intake_items import keep_details, mark_read
from purchasing.models import OrderBody, PurchaseOrder, Supplier, SupplierItem
from purchasing.records import IncomingItem, IncomingOrder
from retailers.models import tell
from retailers.shop_rules import rules_of

__all__ = ["connect_finish", "connect_start", "items", "pull_orders", "read_order", "test"]

logger = logging.getLogger(__name__)

# Listed on every pull, the ones that can be imported first. A cancelled order is of interest only
# where we hold it.
LISTED = ("approved", "processed", "shipped", "review", "pending", "cancelled")
DETAILS_STALE = timedelta(days=1)
# Read less than these seconds ago, an order is not read again for a look at its page.
READ_JUST_NOW = 20.0
# Products whose details are taken in together, in one transaction.
_ROUND = 20


# --- orders --------------------------------------------------------------------------------


def pull_orders(job: Job) -> None:
    """List every status, then read what is new, what moved, and what has not been read lately."""
    connection = job.connection
    with _portal(job) as client:
        listed: dict[str, str] = {}
        for status in LISTED:
            for key in client.order_ids(status):
                # An order that moves while we list stands in two lists; the later status counts.
                listed[key] = status
        wanted_at = job.task.created if job.task.asked_by_id else None
        for key in choose(connection, source_of(connection), listed, wanted_at=wanted_at):
            _read_one(job, client, key)
    with job.writing():
        may = connection.capabilities | {"orders:read": True}
        Connection.objects.filter(pk=connection.pk).update(capabilities=may)


def read_order(job: Job) -> None:
    """Read one order now: somebody looks at it. The key is our number of it, or their id.

    A page that is opened again and again does not ask the brand each time.
    """
    held = PurchaseOrder.objects.filter(source=source_of(job.connection))
    if job.key.isdecimal() and len(job.key) < 19:
        row = held.filter(pk=int(job.key)).first()
        if row is None:
            return
    else:
        row = held.filter(source_key=job.key).first()
    just_now = timezone.now() - pace.wait(READ_JUST_NOW)
    if row and row.read_at and row.read_at > just_now and job.task.asked_by_id is None:
        return
    with _portal(job) as client:
        _read_one(job, client, row.source_key if row else job.key)


@contextmanager
def _portal(job: Job) -> Iterator[NuOrderClient]:
    """A client for this job; what it learns of their clock is kept when all went well."""
    with client_for(job.connection, before_call=job.keep_going) as client:
        yield client
    _remember_clock(job, client)


def _remember_clock(job: Job, client: NuOrderClient) -> None:
    """Keep what was learnt of their clock, so that the next call is right at once (C9)."""
    if client.auth.offset == job.connection.clock_offset:
        return
    logger.warning("%s: their clock is %s s ahead of ours", job.connection, client.auth.offset)
    with job.writing():
        job.connection.clock_offset = client.auth.offset
        job.connection.save(update_fields=["clock_offset"])


def _read_one(job: Job, client: NuOrderClient, key: str) -> None:
    """Read one order and take it in; whatever is wrong with it stays its own trouble."""
    source = source_of(job.connection)
    try:
        raw = client.order(key)
    except Missing:
        with job.writing():
            held = PurchaseOrder.objects.filter(source=source, source_key=key).first()
            if held is not None:
                note_gone(held, portal=job.connection.name)
        return
    except (Refused, Unreadable) as error:
        if isinstance(error, Unauthorised | Forbidden):
            raise
        _keep_trouble(job, key, error.raw.encode(), str(error))
        return
    try:
        order = _understood(raw, key, job.connection.name)
    except Unreadable as error:
        _keep_trouble(job, key, raw, str(error))
        return
    try:
        _take(job, order, raw)
    except (LostLane, OperationalError, InterfaceError):
        raise
    except Exception:
        # A mistake of ours, or a row our database refuses: the other orders go on.
        logger.exception("Order %s of %s could not be taken in", key, source)
        _keep_trouble(job, key, raw, _("something in it confused us; it has been logged"))


def _understood(raw: bytes, key: str, portal: str) -> IncomingOrder:
    """The order in the body; a mistake of ours in reading it is its trouble too, and logged."""
    try:
        order = order_from(raw, portal=portal)
    except Unreadable:
        raise
    except Exception as error:
        logger.exception("Order %s of %s could not be read", key, portal)
        raise Unreadable(_("something in it confused us; it has been logged")) from error
    if order.source_key != key:
        raise Unreadable(_("it is another order than the one that was asked for"))
    return order


def _take(job: Job, order: IncomingOrder, raw: bytes) -> None:
    """Take the order in and keep its body; then its products are read by a task of their own."""
    if order.brand_status == PurchaseOrder.BrandStatus.DRAFT and not _is_held(job, order):
        return  # a cart that was never sent is no order yet
    source, digest = source_of(job.connection), digest_of(raw)
    with job.writing():
        before = PurchaseOrder.objects.filter(source=source, source_key=order.source_key)
        known_digest = before.values_list("body_digest", flat=True).first()
        row = take_in(order, supplier=supplier_of(job.connection), source=source, raw_digest=digest)
        _keep_body(source, order.source_key, raw, row)
        if known_digest != digest and row.status in PurchaseOrder.BEFORE_WRITING:
            ask(job.connection, f"items:{row.pk}")


def _is_held(job: Job, order: IncomingOrder) -> bool:
    return PurchaseOrder.objects.filter(
        source=source_of(job.connection), source_key=order.source_key
    ).exists()


def _keep_body(
    source: str, key: str, raw: bytes, row: PurchaseOrder | None, trouble: str = ""
) -> None:
    """The raw body, one row a version; read again it only gets a new date."""
    body, created = OrderBody.objects.get_or_create(
        source=source,
        source_key=key,
        digest=digest_of(raw),
        defaults={"order": row, "body": text_of(raw), "trouble": trouble},
    )
    if not created:
        body.order, body.trouble, body.received_at = row, trouble, timezone.now()
        body.save(update_fields=["order", "trouble", "received_at"])


def _keep_trouble(job: Job, key: str, raw: bytes, why: str) -> None:
    """A body that cannot be read: kept, and shown as an order as soon as its number is known."""
    source = source_of(job.connection)
    number = order_number_in(raw)
    text = _(
        "Order %(number)s of %(portal)s could not be read: %(why)s. It is tried again every hour. "
        "If it stays like this, ask the brand to save it again in NuORDER."
    ) % {"number": number or key, "portal": job.connection.name, "why": why.rstrip(".")}
    with job.writing():
        held = PurchaseOrder.objects.filter(source=source, source_key=key).first()
        if number or held is not None:
            held = take_in_unreadable(
                supplier=supplier_of(job.connection),
                source=source,
                source_key=key,
                number=number,
                text=text,
            )
        _keep_body(source, key, raw, held, trouble=text)


# --- products ------------------------------------------------------------------------------


def items(job: Job) -> None:
    """Read the products of an order that we know too little of, then let matching run.

    Each product is asked for once a day at most, two at a time. A product that is gone or that
    cannot be read is told in the order's story; the order's own data suffices (edge case 33).
    """
    order = PurchaseOrder.objects.select_related("supplier").filter(pk=int(job.key)).first()
    if order is None:
        return
    with _portal(job) as client:
        while keys := _stale_products(order, job.connection):
            _read_products(job, client, order, keys[:_ROUND])
    job.keep_going()
    with job.writing():
        from purchasing.matching import match_order

        if PurchaseOrder.objects.filter(
            pk=order.pk, status__in=PurchaseOrder.BEFORE_WRITING
        ).exists():
            match_order(order.pk)


def _stale_products(order: PurchaseOrder, connection: Connection) -> list[str]:
    """Ids of products on the order that were not read within a day; stand-ins have none."""
    if connection.capabilities.get("products:read") is False:
        return []
    stale = Q(detail_read_at=None) | Q(detail_read_at__lt=timezone.now() - DETAILS_STALE)
    rows = SupplierItem.objects.filter(stale, lines__order=order, lines__removed=False)
    keys = rows.exclude(product_key__startswith="?").order_by("lines__position")
    return list(dict.fromkeys(keys.values_list("product_key", flat=True)))


def _read_products(job: Job, client: NuOrderClient, order: PurchaseOrder, keys: list[str]) -> None:
    """Read these products and keep what came, also when the reading ends half-way."""
    answers: dict[str, bytes | RemoteError] = {}
    try:
        answers.update(client.products(keys))  # pair by pair, so a break keeps what came
    except (RemoteError, SliceOver):
        _keep_products(job, order, answers)
        raise
    _keep_products(job, order, answers)


def _keep_products(job: Job, order: PurchaseOrder, answers: dict[str, bytes | RemoteError]) -> None:
    if not answers:
        return
    found: list[IncomingItem] = []
    news: list[str] = []
    for key, answer in answers.items():
        try:
            found += _product(answer, host_of(job.connection), order.currency)
        except Missing:
            news.append(_gone(order, key))
        except RemoteError as error:
            news.append(_("A product could not be read: %s.") % str(error).rstrip("."))
    may_read = not any(isinstance(answer, Forbidden) for answer in answers.values())
    with job.writing():
        rules = rules_of(job.retailer)
        for supplier in Supplier.objects.filter(items__product_key__in=answers).distinct():
            news += keep_details(supplier, found, rules)
            mark_read(supplier, answers)
        may = job.connection.capabilities | {"products:read": may_read}
        job.connection.capabilities = may
        Connection.objects.filter(pk=job.connection.pk).update(capabilities=may)
        if news:
            text = " ".join(dict.fromkeys(news[:3]))
            tell(order, "products_read", text, notices=news[:50])


def _product(answer: bytes | RemoteError, host: str, currency: str) -> list[IncomingItem]:
    if isinstance(answer, RemoteError):
        raise answer
    return read_product(answer, host=host, currency=currency)


def _gone(order: PurchaseOrder, key: str) -> str:
    item = order.lines.filter(item__product_key=key).select_related("item").first()
    name = f"{item.item.style_number} {item.item.colour}".strip() if item else key
    return (
        f"{name} is not in the brand's catalogue any more: name, description and picture are "
        "missing. The order's own data counts."
    )
