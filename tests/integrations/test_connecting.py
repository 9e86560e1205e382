"""Connecting the outside: consent, keys, codes; what is refused and what is never shown."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from integrations.models import Connection, OAuthState, SyncTask
from purchasing.models import OrderBody, ShipTo, Supplier
from retailers.models import Event, Role
from retailers.scope import acting_for, unscoped
from tests.factories import (
    ConnectionFactory,
    MembershipFactory,
    OutletFactory,
    PurchaseOrderFactory,
    SupplierFactory,
)

pytestmark = pytest.mark.django_db
KEY = {
    "name": "Tarn & Thistle",
    "host": "https://buyer.nuorder.com",
    "consumer_key": "ck0123456789abcdWXYZ",
    "consumer_secret": "very secret indeed",
}


@pytest.fixture(autouse=True)
def _client_id(settings):
    settings.XSERIES_CLIENT_ID = "our-app"


@pytest.fixture
def olga(owner, as_user):
    return as_user(owner)


def consent(browser) -> dict[str, str]:
    """Press "Connect Lightspeed": the query of the address one is sent to."""
    answer = browser.post("/connections/lightspeed/", headers={"HX-Request": "true"})
    query = parse_qs(urlsplit(answer.headers["HX-Redirect"]).query)
    return {name: values[0] for name, values in query.items()}


def come_back(browser, state: str, **changes: str):
    answer = {"state": state, "code": "the-code", "domain_prefix": "alder-quay", **changes}
    return browser.get("/oauth/xseries/", {k: v for k, v in answer.items() if v})


def nothing_stored() -> bool:
    with unscoped():
        return not Connection.objects.exists() and not SyncTask.objects.exists()


# --- Lightspeed ------------------------------------------------------------------------------


def test_the_consent_asks_for_all_scopes_with_a_long_state(olga, settings):
    asked = consent(olga)

    assert asked["response_type"] == "code"
    assert asked["client_id"] == "our-app"
    assert asked["redirect_uri"] == f"{settings.BASE_URL}/oauth/xseries/"
    assert {"products:write", "consignments:write:stock_order"} <= set(asked["scope"].split())
    assert len(asked["state"]) >= 43  # 256 bits
    with unscoped():
        assert asked["state"] not in OAuthState.objects.get().digest


def test_without_script_a_link_leads_on(olga):
    """The policy form-action 'self' would stop a form that redirects to another host."""
    page = olga.post("/connections/lightspeed/")
    assert page.status_code == 200
    assert b"secure.retail.lightspeed.app/connect?" in page.content


def test_the_answer_keeps_the_code_and_asks_a_task(shop, owner, olga):
    answer = come_back(olga, consent(olga)["state"])

    with acting_for(shop):
        found = Connection.objects.get()
        task = SyncTask.objects.get()
    assert answer.headers["Location"] == f"/connections/{found.pk}/"
    assert (found.code, found.domain_prefix, found.state) == ("the-code", "alder-quay", "waiting")
    assert found.token == ""
    assert (task.subject, task.asked_by) == ("connect-finish:", owner)


WRONG_STATES = ["", "x" * 43, "é", "'; drop table"]


@pytest.mark.parametrize("state", WRONG_STATES)
def test_c11_a_wrong_or_missing_state(olga, state):
    consent(olga)
    answer = come_back(olga, state)
    assert answer.status_code == 400
    assert b"Nothing was stored" in answer.content
    assert nothing_stored()


def test_c11_a_state_older_than_ten_minutes(olga):
    state = consent(olga)["state"]
    with unscoped():
        assert OAuthState.objects.get().expires <= timezone.now() + timedelta(minutes=10)
        OAuthState.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert come_back(olga, state).status_code == 400
    assert nothing_stored()


def test_c11_the_state_of_somebody_else(shop, olga, as_user):
    second = MembershipFactory(retailer=shop, role=Role.OWNER)
    state = consent(olga)["state"]
    assert come_back(as_user(second.user), state).status_code == 400
    assert nothing_stored()


def test_c11_the_state_of_another_session_of_the_same_person(owner, olga, as_user):
    state = consent(olga)["state"]
    assert come_back(as_user(owner), state).status_code == 400
    assert nothing_stored()


def test_c11_a_state_of_another_shop_of_the_same_person(shop, other_shop, owner, olga):
    MembershipFactory(retailer=other_shop, user=owner, role=Role.OWNER)
    state = consent(olga)["state"]
    olga.post("/switch-shop/", {"retailer": other_shop.pk})
    assert come_back(olga, state).status_code == 400
    assert nothing_stored()


def test_c12_one_answer_twice(shop, olga):
    state = consent(olga)["state"]
    assert come_back(olga, state).status_code == 302
    assert come_back(olga, state, code="another").status_code == 400
    with acting_for(shop):
        assert Connection.objects.get().code == "the-code"


def test_a_refusal_stores_nothing_and_uses_the_state_up(olga):
    state = consent(olga)["state"]
    answer = come_back(olga, state, code="", error="access_denied")
    assert answer.status_code == 400
    assert b"told not to allow" in answer.content
    assert come_back(olga, state).status_code == 400
    assert nothing_stored()


PREFIXES = ["evil.com/", "a@b", "../", "Alder", "xn--é", "-a", "a" * 64, "a\n", "", "a.b", "a:80"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_c13_a_prefix_that_is_none(olga, prefix):
    answer = come_back(olga, consent(olga)["state"], domain_prefix=prefix)
    assert answer.status_code == 400
    assert nothing_stored()


def test_a_shop_that_is_connected_elsewhere(shop, other_shop, olga):
    ConnectionFactory(retailer=other_shop, system="xseries", domain_prefix="alder-quay")
    answer = come_back(olga, consent(olga)["state"])
    assert answer.status_code == 400
    assert b"connected to another account" in answer.content
    assert b"Harbour Row" not in answer.content
    with acting_for(shop):
        assert not Connection.objects.exists()


def test_another_shop_than_before_is_refused(shop, olga):
    ConnectionFactory(
        retailer=shop, system="xseries", domain_prefix="old-shop", connected_at=timezone.now()
    )
    answer = come_back(olga, consent(olga)["state"])
    assert answer.status_code == 400
    assert b"old-shop" in answer.content
    with acting_for(shop):
        assert Connection.objects.get().domain_prefix == "old-shop"


def test_only_owners_connect(ana, as_user):
    browser = as_user(ana)
    assert browser.post("/connections/lightspeed/").status_code == 403
    assert browser.get("/connections/portals/add/").status_code == 403
    assert come_back(browser, "x" * 43).status_code == 400
    assert b"Connect Lightspeed</button>" not in browser.get("/connections/").content


# --- NuORDER ---------------------------------------------------------------------------------


def test_a_portal_is_added_by_key_and_finished_by_code(shop, olga):
    answer = olga.post("/connections/portals/add/", KEY)

    with acting_for(shop):
        portal = Connection.objects.get()
        assert SyncTask.objects.get().subject == "connect-start:"
    assert answer.headers["Location"] == f"/connections/{portal.pk}/"
    assert b"We knock at NuORDER" in olga.get(f"/connections/{portal.pk}/").content

    # The task has been there: NuORDER waits for a person to approve us.
    with acting_for(shop):
        SyncTask.objects.all().delete()
        Connection.objects.update(state="waiting")
    assert b"Verification code" in olga.get(f"/connections/{portal.pk}/").content
    olga.post(f"/connections/{portal.pk}/code/", {"code": " AB12 \n cd34 "})

    with acting_for(shop):
        portal.refresh_from_db()
        assert portal.code == "AB12cd34"
        assert SyncTask.objects.get().subject == "connect-finish:"


def test_the_key_is_sealed_and_never_shown_again(shop, olga):
    olga.post("/connections/portals/add/", KEY)
    with acting_for(shop):
        portal = Connection.objects.get()
        raw = Connection.objects.extra(select={"raw": "consumer_secret"}).values_list("raw")[0][0]
    assert "secret" not in raw
    for path in (f"/connections/{portal.pk}/", f"/connections/{portal.pk}/key/", "/connections/"):
        page = olga.get(path).content.decode()
        assert KEY["consumer_secret"] not in page
        assert KEY["consumer_key"] not in page
    assert "…WXYZ" in olga.get(f"/connections/{portal.pk}/").content.decode()


def test_a_refused_form_does_not_send_the_secret_back(olga):
    page = olga.post("/connections/portals/add/", KEY | {"name": ""})
    assert page.status_code == 422
    assert b"Brand: the name is missing" in page.content
    assert b"very secret indeed" not in page.content


@pytest.mark.parametrize("host", ["https://evil.example", "http://169.254.169.254", ""])
def test_only_hosts_of_nuorder(shop, olga, host):
    assert olga.post("/connections/portals/add/", KEY | {"host": host}).status_code == 422
    assert nothing_stored()


def test_the_same_key_twice(shop, olga):
    olga.post("/connections/portals/add/", KEY)
    answer = olga.post("/connections/portals/add/", KEY | {"name": "Again"})
    assert answer.status_code == 422
    assert b"it belongs to Tarn &amp; Thistle" in answer.content
    with acting_for(shop):
        assert Connection.objects.count() == 1


def test_a_code_nobody_waits_for(shop, olga):
    portal = ConnectionFactory(retailer=shop)
    page = olga.post(f"/connections/{portal.pk}/code/", {"code": "x1"}, follow=True)
    assert b"does not wait for a code" in page.content
    with acting_for(shop):
        assert not SyncTask.objects.exists()


def test_polling_ends_when_nothing_is_under_way(shop, olga):
    portal = ConnectionFactory(retailer=shop)
    ask = {"HX-Request": "true"}
    olga.post(f"/connections/{portal.pk}/test/")
    going = olga.get(f"/connections/{portal.pk}/state/", headers=ask)
    with acting_for(shop):
        SyncTask.objects.all().delete()
    over = olga.get(f"/connections/{portal.pk}/state/", headers=ask)

    assert (going.status_code, over.status_code) == (200, 286)
    assert b"data-poll" in going.content
    assert b"data-poll" not in over.content
    assert b"<html" not in over.content


# --- Both ------------------------------------------------------------------------------------


def test_disconnecting_forgets_keys_and_keeps_writes(shop, owner, olga):
    """Edge case 107: orders stay; what is to be written waits for the next connect."""
    portal = ConnectionFactory(retailer=shop, token="t0k", consumer_key="ck", consumer_secret="cs")
    with acting_for(shop):
        for subject in ("pull-orders:", "read-order:7", "send-order:1"):
            SyncTask.objects.create(
                connection=portal, subject=subject, not_before=timezone.now(), retailer=shop
            )
    olga.post(f"/connections/{portal.pk}/disconnect/")
    with acting_for(shop):
        portal.refresh_from_db()
        assert [task.subject for task in SyncTask.objects.all()] == ["send-order:1"]
        assert Event.objects.about(portal).filter(verb="disconnected", actor=owner).exists()
    assert (portal.state, portal.token, portal.consumer_key) == ("off", "", "")


def test_a_supplier_of_that_name_is_offered_and_never_made_again(shop, olga):
    mine = SupplierFactory(retailer=shop, name="Harrow & Wick", in_pos=True)
    portal = ConnectionFactory(retailer=shop, name="HARROW & WICK")
    page = olga.get(f"/connections/{portal.pk}/").content.decode()
    assert f'<option value="{mine.pk}" selected' in page
    olga.post(f"/connections/{portal.pk}/supplier/", {"supplier": "", "new_name": "harrow & wick"})
    portal.refresh_from_db()
    assert portal.supplier == mine
    with acting_for(shop):
        assert Supplier.objects.count() == 1


def test_a_portal_is_linked_to_a_supplier_or_a_new_one(shop, olga):
    portal = ConnectionFactory(retailer=shop, name="Tarn & Thistle")
    mine = SupplierFactory(retailer=shop, name="Tarn")
    olga.post(f"/connections/{portal.pk}/supplier/", {"supplier": mine.pk})
    portal.refresh_from_db()
    assert portal.supplier == mine

    olga.post(f"/connections/{portal.pk}/supplier/", {"supplier": "", "new_name": "Thistle"})
    portal.refresh_from_db()
    assert portal.supplier is not None
    assert (portal.supplier.name, portal.supplier.in_pos) == ("Thistle", False)


def test_a_portal_with_orders_of_another_supplier_is_not_relinked(shop, olga):
    portal = ConnectionFactory(retailer=shop)
    order = PurchaseOrderFactory(retailer=shop, source=f"nuorder:{portal.pk}")
    answer = olga.post(f"/connections/{portal.pk}/supplier/", {"new_name": "Another"})
    assert answer.status_code == 422
    assert order.number.encode() in answer.content
    with acting_for(shop):
        assert not Supplier.objects.filter(name="Another").exists()


def test_edge_39_a_portal_whose_supplier_was_deleted_is_linked_anew(shop, olga):
    gone = SupplierFactory(retailer=shop, deleted_at=timezone.now())
    portal = ConnectionFactory(retailer=shop, supplier=gone)
    PurchaseOrderFactory(retailer=shop, source=f"nuorder:{portal.pk}", supplier=gone)
    mine = SupplierFactory(retailer=shop)
    olga.post(f"/connections/{portal.pk}/supplier/", {"supplier": mine.pk})
    portal.refresh_from_db()
    assert portal.supplier == mine


def test_orders_nobody_could_read_are_named(shop, olga):
    portal = ConnectionFactory(retailer=shop)
    with acting_for(shop):
        OrderBody.objects.create(
            retailer=shop,
            source=f"nuorder:{portal.pk}",
            source_key="5f00aa",
            digest="d",
            body="{",
            trouble="The order is not an object.",
        )
    assert f"/connections/{portal.pk}/" in olga.get("/").content.decode()
    page = olga.get(f"/connections/{portal.pk}/").content.decode()
    assert "The order is not an object." in page
    assert "5f00aa" in page


def test_a_supplier_of_another_shop_is_not_in_the_list(shop, other_shop, olga):
    portal = ConnectionFactory(retailer=shop)
    theirs = SupplierFactory(retailer=other_shop, name="Secret Supplier")
    answer = olga.post(f"/connections/{portal.pk}/supplier/", {"supplier": theirs.pk})
    assert answer.status_code == 422
    assert b"Secret Supplier" not in answer.content


def test_an_address_becomes_an_outlet(shop, other_shop, ana, as_user):
    supplier = SupplierFactory(retailer=shop)
    with acting_for(shop):
        place = ShipTo.objects.create(supplier=supplier, key="1", label="1 Quay St", retailer=shop)
    outlet = OutletFactory(retailer=shop, name="Quay Street")
    theirs = OutletFactory(retailer=other_shop)
    browser = as_user(ana)

    browser.post(f"/addresses/{place.pk}/outlet/", {"outlet": outlet.pk})
    assert browser.post(f"/addresses/{place.pk}/outlet/", {"outlet": theirs.pk}).status_code == 404
    assert browser.post(f"/addresses/{place.pk}/outlet/", {"outlet": "x"}).status_code == 404

    place.refresh_from_db()
    assert place.outlet == outlet


def test_seven_of_twelve(shop, olga):
    for n in range(12):
        ConnectionFactory(retailer=shop, state="active" if n < 7 else "waiting")
    assert b"7 of 12 brands connected" in olga.get("/connections/").content


def test_the_page_asks_few_questions(shop, olga, django_assert_max_num_queries):
    for _n in range(12):
        ConnectionFactory(retailer=shop, supplier=SupplierFactory(retailer=shop))
    # session, user, membership, rules, connections, tasks, nav: orders, parked, connections
    with django_assert_max_num_queries(11):
        olga.get("/connections/")
