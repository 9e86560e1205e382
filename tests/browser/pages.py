"""Every address of the app: what is opened and by whom, what only acts, and what is no page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.tokens import default_token_generator
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.browser.rich_shop import LETTERS, RichShop

Args = Callable[[RichShop], tuple[Any, ...]]


@dataclass(frozen=True)
class Page:
    """One page in one state: the view's name, who looks, the address's parts."""

    name: str
    """Unique, and the screenshot's name."""
    view: str
    who: str = "olga"
    """Whose session; "" is nobody's."""
    args: Args = lambda _rich: ()
    query: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


def _order(name: str) -> Args:
    return lambda rich: (rich.order(name),)


def _connection(name: str) -> Args:
    return lambda rich: (rich.connections[name].pk,)


def _style(rich: RichShop) -> tuple[Any, ...]:
    return (rich.order("review"), rich.style)


def _reset_key(rich: RichShop) -> tuple[Any, ...]:
    from allauth.account.utils import user_pk_to_url_str

    vic = rich.people["vic"]
    return (user_pk_to_url_str(vic), default_token_generator.make_token(vic))


PAGES = [
    Page("home", "home"),
    Page("home-receiver", "home", who="ben"),
    Page("home-viewer", "home", who="vic"),
    # orders
    Page("orders", "orders"),
    Page("orders-all", "orders", query={"tab": "all"}),
    Page("orders-receiver", "orders", who="ben", query={"tab": "coming"}),
    Page("orders-elsewhere", "orders", query={"tab": "elsewhere"}),
    Page("orders-nothing", "orders", query={"q": "no such order"}),
    *(
        Page(f"order-{name}", "order", args=_order(name))
        for name in (
            "first", "watching", "review", "approved", "stopped", "changed", "counting", "booked",
            "received", "short", "elsewhere", "long",
        )
    ),
    Page("order-receiver", "order", who="ben", args=_order("counting")),
    Page("order-viewer", "order", who="vic", args=_order("changed")),
    # the review
    Page("review", "review", args=_order("review")),
    Page("review-first", "review", args=_order("first")),
    Page("review-long", "review", args=_order("long")),
    Page("review-decided", "review", args=_order("approved")),
    Page("review-style", "review-style", args=_style),
    Page("review-link", "review-link", args=_style),
    Page("review-link-found", "review-link", args=_style, query={"q": "jacket"}),
    Page("review-family", "review-family", args=_style),
    Page("review-size", "review-size", args=_style),
    # writing
    Page("plan", "plan", args=_order("approved")),
    Page("sending", "plan", args=_order("stopped")),
    Page("sent", "plan", args=_order("changed")),
    Page("journal", "order-journal", args=_order("counting")),
    # receiving
    Page("receiving", "receiving", who="ben"),
    Page("receiving-nothing", "receiving", who="ben", query={"q": "no such order"}),
    Page("receive", "receive", who="ben", args=_order("counting")),
    Page("receive-owner", "receive", args=_order("changed")),
    Page("receive-waiting", "receive", who="ben", args=_order("booked")),
    # products and suppliers
    Page("products", "products"),
    Page("products-found", "products", query={"q": "jacket"}),
    Page("products-nothing", "products", query={"q": "no such product"}),
    Page("product", "product", args=lambda rich: (rich.product,)),
    Page("product-receiver", "product", who="ben", args=lambda rich: (rich.product,)),
    Page("suppliers", "suppliers"),
    Page("supplier", "supplier", args=lambda rich: (rich.supplier.pk,)),
    Page("find", "find", query={"q": "jacket"}),
    Page("find-nothing", "find", query={"q": "no such thing"}),
    # connections and sync
    Page("connections", "connections"),
    Page("portal-add", "portal-add"),
    Page("portal-renew", "portal-renew", args=_connection("reconnect")),
    *(
        Page(f"connection-{name}", "connection", args=_connection(name))
        for name in ("pos", "portal", "new", "waiting", "reconnect", "off")
    ),
    Page("oauth-odd", "oauth-xseries", query={"code": "x", "state": "odd"}, status=400),
    Page("sync", "sync"),
    Page("sync-all", "sync", query={"all": ""}),
    # people and settings
    Page("people", "people"),
    Page("settings", "shop-settings"),
    Page("invitation-new", "invitation", who="", args=lambda _rich: (LETTERS[0],)),
    Page("invitation-sign-in", "invitation", who="", args=lambda _rich: (LETTERS[1],)),
    Page("invitation-join", "invitation", who="stranger", args=lambda _rich: (LETTERS[1],)),
    Page("invitation-other", "invitation", args=lambda _rich: (LETTERS[0],), status=403),
    Page("invitation-gone", "invitation", args=lambda _rich: ("gone",), status=404),
    Page("no-shop", "no-shop", who="stranger"),
    Page("ui", "ui", who="staff"),
    # accounts
    Page("login", "account_login", who=""),
    Page("logout", "account_logout"),
    Page("inactive", "account_inactive", who=""),
    Page("signup", "account_signup", who=""),
    Page("reauthenticate", "account_reauthenticate"),
    Page("password-change", "account_change_password"),
    Page("password-set", "account_set_password"),
    Page("password-reset", "account_reset_password", who=""),
    Page("password-reset-done", "account_reset_password_done", who=""),
    Page("password-new", "account_reset_password_from_key", who="", args=_reset_key),
    Page("password-new-done", "account_reset_password_from_key_done", who=""),
    Page("verification-sent", "account_email_verification_sent", who=""),
    Page("confirm-email", "account_confirm_email", who="", args=lambda _rich: ("odd",)),
    Page("email", "account_email"),
    Page("mfa", "mfa_index"),
    Page("mfa-activate", "mfa_activate_totp"),
    Page("mfa-reauthenticate", "mfa_reauthenticate"),
]  # fmt: skip

#: These only act: a plain look is refused with 405 and changes nothing.
ACTS = {
    "person-role", "person-remove", "invitation-withdraw", "switch-shop", "shop-facts",
    "shop-rule-reset", "orders-elsewhere", "order-aside", "order-changes", "review-accept-bin",
    "review-decide", "review-settle", "review-undo", "review-brand", "review-supplier",
    "review-outlet", "review-problem", "review-rate", "plan-rate", "order-approve",
    "receive-scan", "receive-count", "receive-all", "receive-book", "ship-to-outlet",
    "connect-xseries", "connection-test",
    "connection-disconnect", "connection-supplier", "portal-code", "check-now", "sync-try",
    "task-retry", "task-drop", "plan-agree", "plan-reopen", "plan-lookalike", "order-retry",
    "order-decide", "order-undo",
}  # fmt: skip

#: Why an address has no page of its own.
NO_PAGE = {
    "healthz": "for machines",
    "readyz": "for machines",
    "order-sync": "the panel of the order page, which is opened with it",
    "connection-state": "the part of the connection page that is polled",
    "demo-sign-in": "a link that leads to the start page, in the demo only",
    "account_confirm_login_code": "signing in by a mailed code is off",
    "mfa_authenticate": "only within a sign-in; test_accounts walks through it",
    "mfa_deactivate_totp": "only with a second factor",
    "mfa_view_recovery_codes": "only with a second factor",
    "mfa_generate_recovery_codes": "only with a second factor",
    "mfa_download_recovery_codes": "a text file",
}


def address_of(page: Page, rich: RichShop) -> str:
    """The page's path and query."""
    path = reverse(page.view, args=page.args(rich))
    return f"{path}?{urlencode(page.query)}" if page.query else path


def names_of_addresses() -> set[str]:
    """The names of all addresses outside Django's own admin."""
    return set(_names(get_resolver().url_patterns))


def _names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name or str(pattern.pattern)
        elif pattern.app_name != "admin":
            yield from _names(pattern.url_patterns)
