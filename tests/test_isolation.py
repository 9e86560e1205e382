"""Nobody sees or touches another shop, and no role does what it may not: every address, every role.

The table below has one line for each address of the app. An address without a line fails, and so
does a line whose ability is not the one its view asks for. A new page needs one line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from catalog.models import Brand, Variant
from integrations.models import Connection, SyncTask
from purchasing.models import Delivery, OrderLine, PurchaseOrder, ShipTo, Supplier, SupplierItem
from retailers.access import ABILITIES, Ability
from retailers.models import Event, Invitation, Membership, Outlet, Retailer, Role
from retailers.scope import acting_for
from tests.everything import one_of_everything
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

CANARY = "CANARYBIRD"
MEMBER = None  # any member of the shop, whatever the role
FINE = frozenset({200, 204, 286, 302, 409, 422})
# Which row of the shop an address names by which of its parts.
ORDER = {"pk": PurchaseOrder}
ITEM = {"pk": PurchaseOrder, "item": SupplierItem}
LINE = {"pk": Connection}
PERSON = {"pk": Membership}


@dataclass(frozen=True)
class Row:
    """One address: what it needs, how it is asked, and which rows of the shop it names."""

    needs: Ability | None
    method: str = "get"
    names: dict[str, type[Model]] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    fine: frozenset[int] = FINE


def get(needs: Ability | None, names: dict[str, type[Model]] | None = None, **more: Any) -> Row:
    return Row(needs, "get", names or {}, **more)


def post(needs: Ability | None, names: dict[str, type[Model]] | None = None, **more: Any) -> Row:
    return Row(needs, "post", names or {}, **more)


TABLE: dict[str, Row] = {
    # the shop
    "home": get(MEMBER),
    "no-shop": get(MEMBER),
    "switch-shop": post(MEMBER, fine=frozenset({404})),
    "people": get(Ability.MANAGE),
    "person-role": post(Ability.MANAGE, PERSON, data={"role": "viewer"}),
    "person-remove": post(Ability.MANAGE, PERSON),
    "invitation-withdraw": post(Ability.MANAGE, {"pk": Invitation}),
    "shop-settings": get(Ability.MANAGE),
    "shop-facts": post(Ability.MANAGE),
    "shop-rule-reset": post(Ability.MANAGE, plain={"key": "markup"}),
    # products and suppliers
    "products": get(Ability.LOOK),
    "product": get(Ability.LOOK, {"pk": Variant}),  # its product; see `pk_of`
    "suppliers": get(Ability.LOOK),
    "supplier": get(Ability.LOOK, {"pk": Supplier}),
    "ship-to-outlet": post(Ability.BUY, {"pk": ShipTo}),
    "find": get(Ability.LOOK, data={"q": CANARY}),
    # orders and their review
    "orders": get(Ability.LOOK),
    "orders-elsewhere": post(Ability.BUY),
    "order": get(Ability.LOOK, ORDER),
    "order-aside": post(Ability.BUY, ORDER),
    "order-changes": post(Ability.BUY, ORDER),
    "review": get(Ability.LOOK, ORDER),
    "review-style": get(Ability.LOOK, ITEM),
    "review-accept-bin": post(Ability.BUY, ORDER, data={"bin": "certain"}),
    "review-decide": post(Ability.BUY, ITEM, data={"act": "hold"}),
    "review-settle": post(Ability.BUY, ITEM, data={"answer": "x:keep"}),
    "review-undo": post(Ability.BUY, {"pk": PurchaseOrder, "event": Event}, fine=FINE | {404}),
    "review-brand": post(Ability.BUY, ORDER),
    "review-supplier": post(Ability.BUY, ORDER),
    "review-outlet": post(Ability.BUY, ORDER),
    "review-problem": post(Ability.BUY, ORDER),
    "review-rate": post(Ability.BUY, ORDER),
    "review-link": get(Ability.BUY, ITEM),
    "review-family": get(Ability.BUY, ITEM, fine=FINE | {404}),
    "review-size": get(Ability.BUY, ITEM, fine=FINE | {404}),
    "order-approve": post(Ability.BUY, ORDER),
    # receiving
    "receiving": get(Ability.LOOK),
    "receive": get(Ability.RECEIVE, ORDER),
    "receive-scan": post(Ability.RECEIVE, ORDER, data={"code": "036000291452"}),
    "receive-count": post(Ability.RECEIVE, ORDER),
    "receive-all": post(Ability.RECEIVE, ORDER),
    "receive-book": post(Ability.RECEIVE, ORDER),
    # writing to the POS
    "plan": get(Ability.BUY, ORDER),
    "plan-agree": post(Ability.BUY, ORDER),
    "plan-reopen": post(Ability.BUY, ORDER),
    "plan-rate": post(Ability.BUY, ORDER),
    "plan-lookalike": post(Ability.BUY, ORDER, data={"choice": "apart"}),
    "order-retry": post(Ability.RECEIVE, ORDER),
    "order-decide": post(Ability.BUY, ORDER),
    "order-undo": post(Ability.BUY, ORDER),
    "order-sync": get(Ability.LOOK, ORDER),
    "order-journal": get(Ability.SEE_COSTS, ORDER),
    # connections and sync
    "connections": get(Ability.LOOK),
    "connect-xseries": post(Ability.CONNECT),
    "portal-add": get(Ability.CONNECT),
    "portal-renew": get(Ability.CONNECT, LINE),
    "portal-code": post(Ability.CONNECT, LINE, data={"code": "abc"}),
    "connection": get(Ability.LOOK, LINE),
    "connection-state": get(Ability.LOOK, LINE),
    "connection-test": post(Ability.CONNECT, LINE),
    "connection-disconnect": post(Ability.CONNECT, LINE),
    "connection-supplier": post(Ability.CONNECT, LINE, data={"new_name": "New"}),
    # a wrong answer of the consent page is 400 for everybody; tests/integrations/test_connecting.py
    "oauth-xseries": get(MEMBER, data={"state": "x"}, fine=frozenset({400})),
    "sync": get(Ability.LOOK),
    "check-now": post(Ability.LOOK),
    "sync-try": post(Ability.LOOK, LINE),
    "task-retry": post(Ability.BUY, {"pk": SyncTask}),
    "task-drop": post(Ability.BUY, {"pk": SyncTask}),
}
# Open to everybody on purpose: they hold nothing of a shop, or a secret in the address is the key.
OPEN = {"healthz", "readyz", "invitation", "demo-sign-in", "ui"}
# Other packages' pages about the person who is signed in; they know no shops.
PERSONAL = ("account_", "mfa_")
ROLES = list(Role.values)
HTMX = {"HX-Request": "true"}
WRITING = [name for name, row in TABLE.items() if row.method == "post"]


def named_patterns() -> dict[str, URLPattern]:
    """Every address of the app except the staff pages (tests/test_admin.py)."""
    found: dict[str, URLPattern] = {}

    def walk(patterns: list[Any]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace != "admin":
                    walk(pattern.url_patterns)
            else:
                assert pattern.name, f"{pattern.pattern} has no name"
                found[pattern.name] = pattern

    walk(get_resolver().url_patterns)
    return found


def pk_of(name: str, row: Any) -> int:
    return int(row.product_id if name == "product" else row.pk)


@pytest.fixture
def alder(shop: Retailer) -> dict[type[Model], Any]:
    """One of everything at Alder & Quay, with the canary in every name."""
    shop.name = f"{CANARY} Alder"
    shop.save()
    with acting_for(shop):
        return one_of_everything(shop, f"{CANARY} ")


@pytest.fixture
def two_shops(shop: Retailer, other_shop: Retailer) -> tuple[Retailer, Retailer]:
    """Cleo's shop, and the one she has no business in."""
    return other_shop, shop


@pytest.fixture
def cleo_browser(cleo: Any, as_user: Any) -> Client:
    browser: Client = as_user(cleo)
    return browser


@pytest.fixture
def harbour(other_shop: Retailer) -> dict[type[Model], Any]:
    with acting_for(other_shop):
        return one_of_everything(other_shop)


def address(name: str, rows: dict[type[Model], Any]) -> str:
    row = TABLE[name]
    parts = {part: pk_of(name, rows[model]) for part, model in row.names.items()}
    return reverse(name, kwargs={**parts, **row.plain})


def ask(
    browser: Client,
    name: str,
    rows: dict[type[Model], Any],
    *,
    headers: dict[str, str] | None = None,
    data: dict[str, str] | None = None,
) -> Any:
    """Ask for an address of the table, about these rows."""
    row = TABLE[name]
    send = getattr(browser, row.method)
    return send(address(name, rows), row.data | (data or {}), headers=headers or {})


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever happens inside did not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def state_of(shop: Retailer) -> list[Any]:
    """What an intruder would have changed."""
    with acting_for(shop):
        watched = (Membership, Connection, PurchaseOrder, Supplier, Delivery, SyncTask, ShipTo)
        counts = [Event.objects.count(), Invitation.objects.count(), OrderLine.objects.count()]
        return counts + [list(model.objects.order_by("pk").values()) for model in watched]


# --- The table is whole ----------------------------------------------------------------------


def test_every_address_has_a_line_and_every_line_an_address():
    known = set(named_patterns())
    unknown = {name for name in known - set(TABLE) - OPEN if not name.startswith(PERSONAL)}
    assert unknown == set(), "give each a line in TABLE"
    assert set(TABLE) - known == set(), "these addresses are gone"


def test_every_view_asks_for_the_ability_of_its_line():
    patterns = named_patterns()
    asked = {name: getattr(patterns[name].callback, "needed_ability", None) for name in TABLE}
    assert asked == {name: row.needs for name, row in TABLE.items()}


# --- Strangers -------------------------------------------------------------------------------


def test_the_signed_out_are_asked_to_sign_in(alder):
    for name in TABLE:
        answer = ask(Client(), name, alder)
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith("/accounts/login/?next="), name
        assert CANARY not in answer.content.decode(), name


def test_an_expired_session_inside_htmx_leads_to_the_sign_in_page(alder):
    """G3: no sign-in page inside a fragment."""
    for name in TABLE:
        answer = ask(Client(), name, alder, headers=HTMX)
        assert answer.status_code == 401, name
        assert answer.headers["HX-Redirect"].startswith("/accounts/login/"), name


# --- Another shop ----------------------------------------------------------------------------


def test_a_thing_of_another_shop_is_not_found(shop, alder, cleo, as_user):
    """G6, edge case 106: 404 and not 403, nothing told, nothing changed."""
    before = state_of(shop)
    browser = as_user(cleo)
    for name in [name for name, row in TABLE.items() if row.names]:
        for headers in ({}, HTMX):
            answer = ask(browser, name, alder, headers=headers)
            assert answer.status_code == 404, name
            assert CANARY not in answer.content.decode(), name
        assert state_of(shop) == before, name


def test_the_canary_sings_at_home(alder, shop, owner, as_user):
    """Its silence elsewhere means something: in its own shop it stands on these pages."""
    browser = as_user(owner)
    names = "home people products product suppliers supplier orders order connections find review"
    for name in names.split():
        assert CANARY in ask(browser, name, alder).content.decode(), name


def test_pages_of_my_shop_show_nothing_of_another(alder, harbour, cleo, as_user):
    browser = as_user(cleo)
    wrong = {}
    for name, row in TABLE.items():
        with taken_back():
            answer = ask(browser, name, harbour)
        sent = answer.content.decode() + str(dict(answer.headers))
        if name == "find":
            sent = sent.replace(f"“{CANARY}”", "").replace(f'value="{CANARY}"', "")
        assert CANARY not in sent, name
        if answer.status_code not in row.fine:
            wrong[name] = answer.status_code
    assert wrong == {}


MIXED: dict[str, tuple[str, type[Model]]] = {
    "orders-elsewhere": ("order", PurchaseOrder),
    "review-supplier": ("supplier", Supplier),
    "review-outlet": ("outlet", Outlet),
    "review-brand": ("brand", Brand),
    "review-settle": ("item", SupplierItem),
    "review-problem": ("line", OrderLine),
    "ship-to-outlet": ("outlet", Outlet),
    "connection-supplier": ("supplier", Supplier),
    "switch-shop": ("retailer", Retailer),
}


@pytest.mark.parametrize("name", MIXED)
def test_ids_of_another_shop_in_a_form_do_nothing(name, two_shops, alder, harbour, cleo_browser):
    """My own address, with somebody else's id in the form."""
    mine, theirs = two_shops
    before = state_of(theirs)
    part, model = MIXED[name]
    answer = ask(cleo_browser, name, harbour, data={part: str(alder[model].pk)})
    assert answer.status_code in FINE | {404}
    assert CANARY not in answer.content.decode()
    assert state_of(theirs) == before
    with acting_for(mine):
        order = PurchaseOrder.objects.get(pk=harbour[PurchaseOrder].pk)
        place = ShipTo.objects.get(pk=harbour[ShipTo].pk)
        assert order.supplier_id == harbour[PurchaseOrder].supplier_id
        assert {order.outlet_id, place.outlet_id} <= {None, harbour[Outlet].pk}


def test_pages_about_the_person_know_no_other_shop(alder, cleo, as_user):
    browser = as_user(cleo)
    names = [
        name
        for name, pattern in named_patterns().items()
        # where the address holds a secret, that is the key
        if name.startswith(PERSONAL) and not pattern.pattern.regex.groups
    ]
    assert len(names) > 10
    for name in names:
        with taken_back():
            answer = browser.get(reverse(name))
        assert answer.status_code in FINE | {403, 404, 405}, name
        assert CANARY not in answer.content.decode(), name


# --- Roles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_what_it_may_and_nothing_else(role, shop, alder, as_user):
    browser = as_user(MembershipFactory(retailer=shop, role=role).user)
    before = state_of(shop)
    wrong = {}
    for name, row in TABLE.items():
        with taken_back():
            answer = ask(browser, name, alder)
            if row.needs is None or row.needs in ABILITIES[role]:
                if answer.status_code not in row.fine:
                    wrong[name] = answer.status_code
            elif answer.status_code != 403 or state_of(shop) != before:
                wrong[name] = answer.status_code
    assert wrong == {}


def test_what_writes_is_not_done_by_a_link(shop, alder, owner, as_user):
    browser = as_user(owner)
    before = state_of(shop)
    for name in WRITING:
        assert browser.get(address(name, alder)).status_code == 405, name
    assert state_of(shop) == before


def test_what_writes_needs_the_secret_of_the_form(shop, alder, owner):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    before = state_of(shop)
    for name in WRITING:
        assert ask(browser, name, alder).status_code == 403, name
    assert state_of(shop) == before
