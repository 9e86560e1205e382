"""Shaking hands with a brand portal: the two calls of OAuth 1.0a, and the test of a connection.

Which signing style a portal accepts is found out here, once, and remembered; so is how far their
clock is from ours.
"""

from collections.abc import Callable

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.engine import Job, Stop, ask
from integrations.errors import Forbidden, Missing, Refused, Unauthorised, Unreadable
from integrations.models import Connection, SyncTask
from integrations.nuorder.auth import Handshake
from integrations.nuorder.client import NuOrderClient, TokenPair, client_for, other_style
from purchasing.models import Supplier, SupplierItem
from retailers.models import tell

Trouble = SyncTask.Trouble


def connect_start(job: Job) -> None:
    """Ask for a temporary token; a person then approves us in NuORDER and copies the code."""
    # A token of an earlier connection has no part in a new handshake.
    job.connection.token, job.connection.token_secret = "", ""
    handshake = Handshake(callback="oob", application=settings.APP_NAME)
    pair, signing, offset = _first_contact(job, handshake)
    with job.writing():
        connection = job.connection
        connection.token, connection.token_secret = pair.token, pair.secret
        connection.signing, connection.clock_offset = signing, offset
        connection.state = Connection.State.WAITING
        connection.save(update_fields=["token", "token_secret", "signing", "clock_offset", "state"])


def _first_contact(job: Job, handshake: Handshake) -> tuple[TokenPair, str, int]:
    """The temporary token, and by which signing style and clock offset it was given."""
    signing = job.connection.signing
    for attempt in (signing, other_style(signing)):
        with client_for(
            job.connection,
            before_call=job.keep_going,
            handshake=handshake,
            signing=attempt,
        ) as client:
            try:
                return client.initiate(), attempt, client.auth.offset
            except Unauthorised as error:
                refusal = error
    raise Stop(
        Trouble.RECONNECT,
        _("NuORDER does not know this consumer key and secret. Copy both again from NuORDER."),
        {"status": refusal.status, "raw": refusal.raw},
    )


def connect_finish(job: Job) -> None:
    """Spend the verification code: the connection is active, and its orders are read at once."""
    connection = job.connection
    if not connection.code:
        return  # spent already: the answer was stored, and only the task's end was lost
    handshake = Handshake(verifier=connection.code)
    with client_for(connection, before_call=job.keep_going, handshake=handshake) as client:
        try:
            pair = client.exchange()
        except Refused as error:
            with job.writing():
                connection.code = ""
                connection.save(update_fields=["code"])
            raise Stop(
                Trouble.RECONNECT,
                _("NuORDER did not accept the verification code. Copy it again, or start anew."),
                {"status": error.status, "raw": error.raw},
            ) from error
    with job.writing():
        connection.token, connection.token_secret = pair.token, pair.secret
        connection.code = ""
        connection.state = Connection.State.ACTIVE
        connection.connected_at = timezone.now()
        connection.clock_offset = client.auth.offset
        connection.save(
            update_fields=[
                "token",
                "token_secret",
                "code",
                "state",
                "connected_at",
                "clock_offset",
            ]
        )
        supplier_of(connection)
        tell(connection, "connected", _("%(portal)s is connected.") % {"portal": connection.name})
        ask(connection, "test:")
        ask(connection, "pull-orders:")


def test(job: Job) -> None:
    """Ask whether they know us, in either signing style, and what these credentials may read."""
    connection = job.connection
    signing, offset, listed = _known_style(job)
    with client_for(connection, before_call=job.keep_going, signing=signing) as client:
        may = {"orders:read": listed, **_probe(client, connection)}
    with job.writing():
        connection.signing, connection.clock_offset = signing, offset
        connection.capabilities = connection.capabilities | may
        if connection.state == Connection.State.RECONNECT:
            connection.state = Connection.State.ACTIVE
        connection.save(update_fields=["signing", "clock_offset", "capabilities", "state"])
        ask(connection, "pull-orders:")


def _known_style(job: Job) -> tuple[str, int, bool]:
    """The style they accept, their clock's offset, and whether orders may be listed."""
    signing = job.connection.signing
    for attempt in (signing, other_style(signing)):
        with client_for(job.connection, before_call=job.keep_going, signing=attempt) as client:
            try:
                client.order_ids("approved")
            except Unauthorised as error:
                refusal = error
            except Forbidden:
                return attempt, client.auth.offset, False
            else:
                return attempt, client.auth.offset, True
    raise Stop(
        Trouble.RECONNECT,
        _("NuORDER does not accept our token any more. Connect %(portal)s again.")
        % {"portal": job.connection.name},
        {"status": refusal.status, "raw": refusal.raw},
    )


def _probe(client: NuOrderClient, connection: Connection) -> dict[str, bool]:
    """What else may be read, tried on one product we know; nothing where we know none."""
    if connection.supplier_id is None:
        return {}
    known = SupplierItem.objects.filter(supplier_id=connection.supplier_id)
    key = known.exclude(product_key__startswith="?").values_list("product_key", flat=True).first()
    if key is None:
        return {}
    return {
        "products:read": _allowed(lambda: client.product(key)),
        "inventory:read": _allowed(lambda: client.stock(key)),
    }


def _allowed(call: Callable[[], object]) -> bool:
    try:
        call()
    except Forbidden:
        return False
    except (Missing, Unreadable):
        return True
    return True


def source_of(connection: Connection) -> str:
    """By which name orders of this portal are known: part of their identity (edge case 60)."""
    return f"nuorder:{connection.pk}"


def supplier_of(connection: Connection) -> Supplier:
    """The supplier this portal is: as linked, else of the same name, else a new one (case 35).

    Read anew each time, for a person may settle it while a task runs. Where the linked one was
    merged into another in a review, the portal follows its orders; one that was deleted in the POS
    stays until somebody chooses (case 39).
    """
    linked = Supplier.objects.filter(
        pk__in=Connection.objects.filter(pk=connection.pk).values("supplier_id")
    ).first()
    if linked is not None and linked.deleted_at is None:
        return linked
    supplier = _of_its_orders(connection) or linked or _of_its_name(connection)
    if supplier != linked:
        connection.supplier = supplier
        connection.save(update_fields=["supplier"])
    return supplier


def _of_its_orders(connection: Connection) -> Supplier | None:
    bought = Supplier.objects.filter(orders__source=source_of(connection), deleted_at=None)
    return bought.order_by("-orders__id").first()


def _of_its_name(connection: Connection) -> Supplier:
    wanted = Supplier(retailer_id=connection.retailer_id, name=connection.name)
    wanted.belong()
    same = Supplier.objects.filter(name_key=wanted.name_key, deleted_at=None)
    known = same.order_by("-in_pos", "id").first()
    if known is None:
        wanted.save()
    return known or wanted
