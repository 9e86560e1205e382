"""Tokens of X-Series: spending the code, refreshing early, and surviving a lost answer.

A refresh revokes the old access token and hands out a new refresh token, so a lost answer can lock
a shop out. Hence: only under the lane's lease, the intent is written first, both tokens are stored
in one transaction before either is used, and no transaction is open while we wait for them.
"""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

import requests
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from requests.auth import AuthBase

from integrations import pace
from integrations.engine import Job, Later, Stop
from integrations.errors import NotSent, RateLimited, Refused, Unauthorised, Unknown, Unreadable
from integrations.models import Connection, Lane, SyncTask
from integrations.transport import Caller
from integrations.xseries.fields import Fields

# X-Series reference, section 3. The consent page lists these; costs are a scope of their own.
SCOPES: tuple[str, ...] = (
    "products:read",
    "products:write",
    "products:read:costs",
    "suppliers:read",
    "suppliers:write",
    "consignments:read",
    "consignments:write:stock_order",
    "inventory:read",
    "inventory:write",
    "sales:read",
    "users:read",
    "outlets:read",
    "registers:read",
    "retailer:read",
    "payment_types:read",
    "taxes:read",
    "webhooks",
)
COSTS_SCOPE = "products:read:costs"
PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
TOKEN_PATH = "/api/1.0/token"  # noqa: S105 - an address, not a secret
DOCUMENTED_LIFE_SECONDS = 86_400
RETRY_LOST_SECONDS = 30.0


def base_url_of(prefix: str) -> str:
    """The shop's own address; nothing but a plain prefix may decide where secrets go (C13)."""
    if not PREFIX.fullmatch(prefix):
        raise Stop(SyncTask.Trouble.REFUSED, _("“%s” is not the name of a shop.") % prefix[:70])
    return str(settings.XSERIES_URL).format(prefix=prefix)


def redirect_uri() -> str:
    """Where people come back to; the token request has to repeat it."""
    return f"{settings.BASE_URL}{reverse('oauth-xseries')}"


def authorize_url(state: str) -> str:
    """The consent page for this `state` (at least 8 characters, single use)."""
    query = {
        "response_type": "code",
        "client_id": settings.XSERIES_CLIENT_ID,
        "redirect_uri": redirect_uri(),
        "state": state,
        "scope": " ".join(SCOPES),
    }
    prepared = requests.Request("GET", settings.XSERIES_CONNECT_URL, params=query).prepare()
    return prepared.url or ""


class XSeriesAuth(AuthBase):
    """Sends the access token in force when the request is made."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._connection.token}"
        return request


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint hands out; `life_seconds` is data, never assumed."""

    access: str
    refresh: str
    life_seconds: int
    prefix: str
    scopes: tuple[str, ...]

    @classmethod
    def from_payload(cls, payload: object) -> "TokenAnswer":
        fields = Fields(payload, "token answer")
        answer = cls(
            access=fields.text("access_token", required=True),
            refresh=fields.text("refresh_token"),
            life_seconds=fields.whole("expires_in") or DOCUMENTED_LIFE_SECONDS,
            prefix=fields.text("domain_prefix").lower(),
            scopes=tuple(fields.text("scope").split()),
        )
        fields.check()
        return answer


class Tokens:
    """The token pair of one connection, used inside a job that holds its lane.

    `connection.token_expires_at` is when we stop trusting the access token: 10 to 20 per cent of
    its life before they do, spread, so that refreshes neither pile up nor come too late.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._connection = job.connection

    def current(self) -> str:
        """The access token to use now, refreshed when it is nearly spent."""
        if not self._connection.token:
            self._reconnect(_("Lightspeed is not connected yet."))
        expires = self._connection.token_expires_at
        if not self._connection.personal_token and expires and expires <= timezone.now():
            self._refresh(refused=False)
        return str(self._connection.token)

    def replace(self, used: str) -> None:
        """They refused this token (401); another worker may have replaced it already (C2)."""
        self._connection.refresh_from_db()
        if self._connection.token != used:
            return
        if self._connection.personal_token:
            self._reconnect(_("Lightspeed does not accept the personal token any more."))
        self._refresh(refused=True)

    def refresh_when_due(self) -> None:
        """For the clock: refresh ahead of expiry although nobody calls."""
        self._connection.refresh_from_db()
        if self._connection.token and not self._connection.personal_token:
            self.current()

    def _refresh(self, *, refused: bool) -> None:
        """Swap the pair. Unless the access token was `refused`, a failed swap may wait."""
        if not self._connection.refresh_token:
            self._reconnect(_("Lightspeed gave no way to renew its key."))
        sent = self._connection.refresh_sent_at
        if sent is not None and (again := sent + pace.wait(RETRY_LOST_SECONDS)) > timezone.now():
            if refused:
                raise Later(again, _("Waits to renew the key of Lightspeed."))
            return
        try:
            answer = self._call(
                {
                    "grant_type": "refresh_token",
                    "refresh_token": self._connection.refresh_token,
                }
            )
        except (RateLimited, NotSent, Unknown) as error:
            if refused:
                raise Later(_again(error), _("Waits to renew the key of Lightspeed.")) from error
            return
        except Refused as error:
            self._lost(error, _("Lightspeed does not accept our key any more."))
        self._keep(answer)

    def spend_code(self) -> None:
        """Swap the authorization code for the first pair; a code works once, within 10 minutes."""
        sent = self._connection.refresh_sent_at
        if sent is not None and (again := sent + pace.wait(RETRY_LOST_SECONDS)) > timezone.now():
            raise Later(again, _("Waits to finish the connection."))
        try:
            answer = self._call(
                {
                    "grant_type": "authorization_code",
                    "code": self._connection.code,
                    "redirect_uri": redirect_uri(),
                }
            )
        except (RateLimited, NotSent, Unknown) as error:
            raise Later(_again(error), _("Waits to finish the connection.")) from error
        except Refused as error:
            self._lost(error, _("The code of Lightspeed was used or has expired."))
        if answer.prefix and answer.prefix != self._connection.domain_prefix:
            with self._job.writing():
                self._save(code="", refresh_sent_at=None)
            raise Stop(
                SyncTask.Trouble.REFUSED,
                _("Lightspeed answered for the shop “%(found)s” where “%(wanted)s” was asked.")
                % {"found": answer.prefix, "wanted": self._connection.domain_prefix},
            )
        self._keep(answer, code="")

    def _call(self, form: Mapping[str, str]) -> TokenAnswer:
        """One call of the token endpoint, with its intent written first.

        The intent is taken back where nothing was done, and stays where that is not known.
        """
        with self._job.writing():
            self._save(refresh_sent_at=timezone.now())
        own = {
            "client_id": settings.XSERIES_CLIENT_ID,
            "client_secret": settings.XSERIES_CLIENT_SECRET,
        }
        base = base_url_of(self._connection.domain_prefix)
        try:
            with (
                _own_limiter(self._connection),
                Caller(
                    self._connection, base_url=base, auth=None, before_call=self._job.keep_going
                ) as caller,
            ):
                answer = caller.write("POST", TOKEN_PATH, data={**form, **own})
        except Unknown:
            raise
        except Exception:
            with self._job.writing():
                self._save(refresh_sent_at=None)
            raise
        try:
            return TokenAnswer.from_payload(answer.json())
        except Unreadable as error:
            raise Unknown(
                f"The token answer cannot be read: {error}", status=answer.status
            ) from error

    def _keep(self, answer: TokenAnswer, **more: Any) -> None:
        """Store both tokens in one transaction, before either is used."""
        life = answer.life_seconds * random.uniform(0.8, 0.9)  # noqa: S311 - spreads the load
        with self._job.writing():
            self._save(
                token=answer.access,
                refresh_token=answer.refresh or self._connection.refresh_token,
                token_expires_at=timezone.now() + timedelta(seconds=life),
                refresh_sent_at=None,
                scopes=" ".join(answer.scopes) or self._connection.scopes,
                **more,
            )

    def _lost(self, error: Refused, text: str) -> NoReturn:
        """They refused the grant. A wrong client secret is ours to mend, all else the shop's."""
        if isinstance(error, Unauthorised) or "invalid_client" in error.raw:
            raise Stop(
                SyncTask.Trouble.REFUSED,
                _("Lightspeed does not know this installation: check its client id and secret."),
            ) from error
        self._reconnect(text)

    def _reconnect(self, text: str) -> NoReturn:
        """A person has to connect again; the engine parks what waits, and writes to the owners."""
        sentence = f"{text} {_('Connect Lightspeed again; everything waits until then.')}"
        changes: dict[str, Any] = {"refresh_sent_at": None, "code": ""}
        if self._connection.state == Connection.State.WAITING:
            known = self._connection.connected_at is not None
            changes["state"] = Connection.State.RECONNECT if known else Connection.State.NEW
        with self._job.writing():
            self._save(**changes)
        raise Stop(SyncTask.Trouble.RECONNECT, sentence)

    def _save(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self._connection, name, value)
        self._connection.save(update_fields=list(changes))


def _again(error: RateLimited | NotSent | Unknown) -> Any:
    """When the token endpoint may be asked again; it has a limiter of its own (C6)."""
    if isinstance(error, RateLimited):
        return error.until
    return timezone.now() + pace.wait(RETRY_LOST_SECONDS)


@contextmanager
def _own_limiter(connection: Connection) -> Iterator[None]:
    """The token endpoint counts for itself: what it says of limits is not the shop's budget."""
    names = ("budget_limit", "budget_left", "budget_window_ends", "paused_until")
    lanes = Lane.objects.filter(connection=connection)
    before = lanes.values(*names).first()
    try:
        yield
    finally:
        if before is not None:
            lanes.update(**before)
