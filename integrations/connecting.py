"""Connecting and disconnecting the outside: what a person does, and nothing that uses the network.

X-Series connects by OAuth 2: the person is sent to Lightspeed with a `state`, comes back with a
code, and a task spends it. NuORDER connects by OAuth 1.0a out of band: one key pair a brand portal,
a verification code that the person copies, and two tasks (`connect-start`, `connect-finish`).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.names import name_key
from integrations.engine import ask
from integrations.models import Connection, OAuthState, SyncTask
from integrations.naming import READING
from integrations.xseries.auth import PREFIX, authorize_url
from purchasing.models import PurchaseOrder, ShipTo, Supplier
from retailers.models import Outlet, Retailer, User, tell
from retailers.scope import unscoped

STATE_LIFE = timedelta(minutes=10)
_SECRETS = ("consumer_key", "consumer_secret", "token", "token_secret", "refresh_token", "code")


class ConnectError(Exception):
    """A connection that cannot be made; the text is for the person, `field` for the form."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


# --- X-Series: OAuth 2 -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What Lightspeed sent the person back with."""

    state: str
    code: str
    prefix: str
    error: str


def xseries_consent(shop: Retailer, *, by: User, session_key: str) -> str:
    """Begin a consent: the address at Lightspeed to send the person to.

    The state is 256 random bits, kept as a digest, bound to the session, the person and the shop.
    """
    if not settings.XSERIES_CLIENT_ID:
        raise ConnectError(
            _("This installation has no Lightspeed client id yet; set XSERIES_CLIENT_ID.")
        )
    state = secrets.token_urlsafe(32)
    now = timezone.now()
    OAuthState.objects.filter(expires__lt=now).delete()
    OAuthState.objects.create(
        retailer=shop,
        digest=_digest(state),
        session_digest=_digest(session_key),
        user=by,
        expires=now + STATE_LIFE,
    )
    return authorize_url(state)


def take_xseries_answer(
    answer: Answer, shop: Retailer, *, by: User, session_key: str
) -> Connection:
    """Keep the code for the task that spends it.

    Raises ConnectError, with nothing stored, for a refusal, a state that is wrong, old, used or
    somebody else's, a prefix that is none, and a shop that is already connected elsewhere.
    """
    # First, and on its own: the state is used up by any answer, also by one that is refused.
    if not _spend_state(answer.state, shop, by=by, session_key=session_key):
        raise ConnectError(
            _("This is not the answer to a question of yours, or it is older than ten minutes.")
        )
    if answer.error or not answer.code:
        raise ConnectError(_("Lightspeed was told not to allow the connection."))
    if not PREFIX.fullmatch(answer.prefix):
        raise ConnectError(_("Lightspeed sent a shop name that cannot be one."))
    try:
        with transaction.atomic():
            return _keep_code(answer, shop, by=by)
    except IntegrityError as error:  # the other account was a moment faster
        raise ConnectError(_already_elsewhere(answer.prefix)) from error


def _keep_code(answer: Answer, shop: Retailer, *, by: User) -> Connection:
    with unscoped():
        same_shop = Connection.objects.filter(
            system=Connection.System.XSERIES, domain_prefix=answer.prefix
        )
        if same_shop.exclude(retailer=shop).exists():
            raise ConnectError(_already_elsewhere(answer.prefix))
    connection = Connection.objects.filter(system=Connection.System.XSERIES).first()
    if connection and connection.connected_at and connection.domain_prefix != answer.prefix:
        raise ConnectError(
            _(
                "%(shop)s works with the Lightspeed shop “%(old)s”, and this is “%(new)s”. Sign in "
                "there as “%(old)s”, or open an account here for the other shop."
            )
            % {"shop": shop.name, "old": connection.domain_prefix, "new": answer.prefix}
        )
    connection = connection or Connection(
        retailer=shop, system=Connection.System.XSERIES, name=answer.prefix
    )
    connection.domain_prefix = answer.prefix
    connection.code = answer.code
    connection.state = Connection.State.WAITING
    connection.connected_by = by
    connection.last_trouble = ""
    connection.save()
    tell(
        connection,
        "allowed",
        _("%(who)s allowed PO Sync in Lightspeed, shop “%(prefix)s”.")
        % {"who": by, "prefix": answer.prefix},
        actor=by,
    )
    ask(connection, "connect-finish:", by=by, priority=SyncTask.PRIORITY_PERSON)
    return connection


def _spend_state(state: str, shop: Retailer, *, by: User, session_key: str) -> bool:
    """True once, for the session, person and shop the state was made for."""
    now = timezone.now()
    mine = OAuthState.objects.filter(
        retailer=shop, digest=_digest(state), user=by, session_digest=_digest(session_key)
    )
    return mine.filter(used_at__isnull=True, expires__gt=now).update(used_at=now) == 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _already_elsewhere(prefix: str) -> str:
    return _(
        "The Lightspeed shop “%(prefix)s” is connected to another account here. Disconnect it "
        "there first, or write to us."
    ) % {"prefix": prefix}


# --- NuORDER: OAuth 1.0a, out of band --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PortalKey:
    """What a person copies out of NuORDER for one brand."""

    name: str
    host: str
    consumer_key: str
    consumer_secret: str


@transaction.atomic
def add_portal(key: PortalKey, shop: Retailer, *, by: User) -> Connection:
    """Begin to connect a brand portal; ConnectError when this key is in use here already."""
    _refuse_known_key(key, shop)
    connection = Connection.objects.create(
        retailer=shop,
        system=Connection.System.NUORDER,
        name=key.name,
        host=key.host,
        consumer_key=key.consumer_key,
        consumer_secret=key.consumer_secret,
        connected_by=by,
    )
    tell(
        connection,
        "key_given",
        _("%(who)s gave the key of %(portal)s.") % {"who": by, "portal": key.name},
        actor=by,
    )
    ask(connection, "connect-start:", by=by, priority=SyncTask.PRIORITY_PERSON)
    return connection


@transaction.atomic
def renew_portal(connection: Connection, key: PortalKey, *, by: User) -> None:
    """Connect a portal again, with a new key; orders and links stay as they are."""
    _refuse_known_key(key, connection.retailer, but=connection)
    _forget_secrets(connection)
    connection.name, connection.host = key.name, key.host
    connection.consumer_key, connection.consumer_secret = key.consumer_key, key.consumer_secret
    connection.state = Connection.State.NEW
    connection.connected_by = by
    connection.last_trouble = ""
    connection.save()
    _drop_reading(connection)
    tell(
        connection,
        "key_given",
        _("%(who)s gave a new key of %(portal)s.") % {"who": by, "portal": key.name},
        actor=by,
    )
    ask(connection, "connect-start:", by=by, priority=SyncTask.PRIORITY_PERSON)


@transaction.atomic
def take_verifier(connection: Connection, verifier: str, *, by: User) -> None:
    """Keep the verification code for the task that spends it."""
    waiting = Connection.objects.select_for_update().filter(
        pk=connection.pk, state=Connection.State.WAITING
    )
    found = waiting.first()
    if found is None:
        raise ConnectError(_("%(portal)s does not wait for a code now.") % {"portal": connection})
    found.code = verifier
    found.connected_by = by
    found.last_trouble = ""
    found.save(update_fields=["code", "connected_by", "last_trouble"])
    ask(found, "connect-finish:", by=by, priority=SyncTask.PRIORITY_PERSON)


def _refuse_known_key(key: PortalKey, shop: Retailer, but: Connection | None = None) -> None:
    """Two rows with one key would read everything twice. Sealed, so compared here, not in SQL."""
    others = Connection.objects.filter(retailer=shop, system=Connection.System.NUORDER)
    for other in others:
        if other == but:
            continue
        if other.consumer_key and other.consumer_key == key.consumer_key:
            raise ConnectError(
                _("Consumer key: it belongs to %(portal)s, which is here already.")
                % {"portal": other.name},
                field="consumer_key",
            )


# --- Both ------------------------------------------------------------------------------------


@transaction.atomic
def test(connection: Connection, *, by: User) -> None:
    """Ask the other side whether it knows us, and what we may do."""
    if not connection.is_active and connection.state != Connection.State.RECONNECT:
        raise ConnectError(
            _("%(name)s is not connected, so there is nothing to test.") % {"name": connection}
        )
    ask(connection, "test:", by=by, priority=SyncTask.PRIORITY_PERSON)


@transaction.atomic
def disconnect(connection: Connection, *, by: User) -> None:
    """Forget the keys. Orders, products and links stay, and connecting again goes on with them."""
    _forget_secrets(connection)
    connection.state = Connection.State.OFF
    connection.last_trouble = ""
    if connection.connected_at is None:
        # It never worked, so the name is nobody's yet: another account may have that shop.
        connection.domain_prefix = ""
    connection.save()
    _drop_reading(connection)
    tell(
        connection,
        "disconnected",
        _("%(who)s disconnected %(name)s.") % {"who": by, "name": connection},
        actor=by,
    )


def _forget_secrets(connection: Connection) -> None:
    for name in _SECRETS:
        setattr(connection, name, "")
    connection.token_expires_at = None
    connection.refresh_sent_at = None


def _drop_reading(connection: Connection) -> None:
    """What only reads is asked again after the next connect; what writes stays, and its journal."""
    for kind in READING:
        SyncTask.objects.filter(connection=connection, subject__startswith=f"{kind}:").delete()


def supplier_called(name: str) -> Supplier | None:
    """The shop's supplier of this name; one that is in the POS before one that is not."""
    same = Supplier.objects.filter(name_key=name_key(name), deleted_at=None)
    return same.order_by("-in_pos", "pk").first()


@transaction.atomic
def link_supplier(
    connection: Connection, *, supplier: Supplier | None, new_name: str, by: User
) -> Supplier:
    """Say which supplier this brand portal is: one of the shop's, or a new one of this name.

    A name the shop has already, whatever its case and punctuation, makes no second supplier.

    Refused (ConnectError) once orders came through the portal for another supplier that is still
    there: those are settled in the review of an order, which takes items and links along.
    """
    supplier = supplier or supplier_called(new_name)
    chosen = supplier or Supplier(retailer=connection.retailer, name=new_name)
    others = PurchaseOrder.objects.filter(
        source=f"nuorder:{connection.pk}", supplier__deleted_at__isnull=True
    ).exclude(supplier_id=chosen.pk)
    if (blocking := others.select_related("supplier").first()) is not None:
        raise ConnectError(
            _(
                "Order %(number)s came through this portal for %(supplier)s. Change the supplier "
                "in the review of the order; the portal follows."
            )
            % {"number": blocking.number, "supplier": blocking.supplier},
            field="supplier",
        )
    if supplier is None:
        chosen.save()
    connection.supplier = chosen
    connection.save(update_fields=["supplier"])
    tell(
        connection,
        "supplier_linked",
        _("%(who)s said: portal %(portal)s is the supplier %(supplier)s.")
        % {"who": by, "portal": connection, "supplier": chosen},
        actor=by,
    )
    return chosen


@transaction.atomic
def map_ship_to(place: ShipTo, outlet: Outlet | None, *, by: User) -> None:
    """Say which outlet an address of the supplier stands for; None leaves it open."""
    if place.outlet_id == (outlet.pk if outlet else None):
        return
    place.outlet = outlet
    place.save(update_fields=["outlet"])
    words = (
        _("%(who)s said: “%(address)s” is %(outlet)s.")
        if outlet
        else _("%(who)s said: “%(address)s” is open again.")
    )
    tell(
        place.supplier,
        "ship_to_mapped",
        words % {"who": by, "address": place.label, "outlet": outlet},
        actor=by,
    )
