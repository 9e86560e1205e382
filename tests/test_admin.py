"""The staff pages: complete, quick, without secrets, and closed to everybody else."""

from decimal import Decimal
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.db import connection as database
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations import models as outside
from purchasing import models as purchasing
from retailers import models as retailers
from retailers.scope import acting_for, unscoped
from tests import factories as make
from tests.everything import SECRET, one_of_everything

pytestmark = pytest.mark.django_db
ROOMS = ("retailers", "catalog", "purchasing", "integrations")
OURS = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]


@pytest.fixture
def sam() -> retailers.User:
    """Sam of our staff, a superuser with a second factor."""
    person: retailers.User = make.UserFactory(
        email="sam@po-sync.example", first_name="Sam", is_staff=True, is_superuser=True
    )
    Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})
    return person


@pytest.fixture
def rows(shop: retailers.Retailer) -> dict[type[Model], Any]:
    with acting_for(shop):
        return one_of_everything(shop)


def page_of(model: type[Model], act: str, *args: Any) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{act}", args=args)


def questions(browser: Client, path: str) -> int:
    with CaptureQueriesContext(
        database,
    ) as asked:
        assert browser.get(path).status_code == 200, path
    return len(asked)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_model_has_a_page(model):
    assert admin.site.is_registered(model)


def test_the_test_makes_a_row_of_every_model(rows):
    assert not {model._meta.label for model in OURS} - {model._meta.label for model in rows}


def test_lists_ask_a_fixed_number_of_questions(shop, rows, sam, as_user):
    """Two rows or eight: the same number of statements on every list."""
    browser = as_user(sam)
    browser.get("/staff/")
    with acting_for(shop):
        one_of_everything(shop)
    few = {model: questions(browser, page_of(model, "changelist")) for model in OURS}
    with acting_for(shop):
        for _more in range(6):
            one_of_everything(shop)
    many = {model: questions(browser, page_of(model, "changelist")) for model in OURS}

    assert {m._meta.label: n for m, n in many.items() if n > few[m]} == {}


def test_pages_ask_a_bounded_number_of_questions(shop, rows, sam, as_user):
    browser = as_user(sam)
    with acting_for(shop):
        for _more in range(4):
            one_of_everything(shop)
    asked = {
        model._meta.label: questions(browser, page_of(model, "change", row.pk))
        for model, row in rows.items()
    }
    assert {label: n for label, n in asked.items() if n > 25} == {}


def test_searching_every_list_works(rows, sam, as_user):
    browser = as_user(sam)
    for model in OURS:
        assert browser.get(page_of(model, "changelist"), {"q": "x'1"}).status_code == 200


def test_no_secret_is_on_any_page(rows, sam, as_user):
    browser = as_user(sam)
    with unscoped():
        factor = Authenticator.objects.get()
    for model, row in {**rows, Authenticator: factor}.items():
        for path in (page_of(model, "changelist"), page_of(model, "change", row.pk)):
            page = browser.get(path)
            assert page.status_code == 200
            assert SECRET not in page.content.decode(), path


def test_money_and_journals_are_read_only(rows, sam, as_user):
    browser = as_user(sam)
    order = rows[purchasing.PurchaseOrder]
    for model in (purchasing.PurchaseOrder, purchasing.OrderLine, outside.RemoteStep):
        row = rows[model]
        assert browser.post(page_of(model, "change", row.pk), {}).status_code == 403
        assert browser.post(page_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert browser.get(page_of(model, "add")).status_code == 403
    order.refresh_from_db()
    assert order.cost == Decimal(0)


@pytest.mark.parametrize("package", ["django_q", "axes"])
def test_dangerous_models_of_packages_are_not_there(package):
    for model in apps.get_app_config(package).get_models():
        assert not admin.site.is_registered(model)


# --- Who gets in -----------------------------------------------------------------------------


def test_strangers_are_led_to_the_sign_in_page(db):
    answer = Client().get("/staff/purchasing/purchaseorder/", follow=True)
    path, _status = answer.redirect_chain[-1]
    assert path.startswith("/accounts/login/?next=")


def test_the_admins_own_sign_in_form_is_closed(sam):
    answer = Client().post(
        "/staff/login/", {"username": sam.email, "password": "correct horse battery staple"}
    )
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_members_of_shops_are_not_staff(owner, as_user):
    browser = as_user(owner)
    answer = browser.get("/staff/", follow=True)
    assert answer.status_code == 403


def test_staff_without_a_second_factor_set_one_up_first(as_user, settings):
    person = make.UserFactory(is_staff=True, is_superuser=True)
    browser = as_user(person)
    answer = browser.get("/staff/retailers/retailer/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("mfa_index")
    settings.STAFF_MFA_REQUIRED = False
    assert browser.get("/staff/retailers/retailer/").status_code == 200


def test_staff_do_not_raise_themselves(as_user):
    from django.contrib.auth.models import Permission

    person = make.UserFactory(is_staff=True)
    person.user_permissions.set(
        Permission.objects.filter(codename__in=["change_user", "view_user"])
    )
    Authenticator.objects.create(user=person, type="totp", data={})
    boss = make.UserFactory(is_staff=True, is_superuser=True)
    browser = as_user(person)

    browser.post(
        page_of(retailers.User, "change", person.pk),
        {"email": person.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )
    person.refresh_from_db()
    assert not person.is_superuser
    assert (
        browser.post(page_of(retailers.User, "change", boss.pk), {"email": "x@y.z"}).status_code
        == 403
    )


# --- What support does -----------------------------------------------------------------------


def act(browser: Client, model: type[Model], action: str, *rows: Model) -> None:
    answer = browser.post(
        page_of(model, "changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows]},
    )
    assert answer.status_code == 302


def test_support_tries_a_parked_task_again_and_signs_for_it(shop, rows, sam, as_user):
    task = rows[outside.SyncTask]
    with acting_for(shop):
        outside.SyncTask.objects.update(trouble="refused")
    act(as_user(sam), outside.SyncTask, "try_again", task)
    task.refresh_from_db()
    assert task.trouble == ""
    with acting_for(shop):
        assert retailers.Event.objects.get(verb="staff_retry").actor == sam


def test_support_puts_away_only_what_reads(shop, rows, sam, as_user):
    portal = rows[outside.Connection]
    with acting_for(shop):
        outside.SyncTask.objects.create(
            connection=portal, subject="send-order:1", not_before=timezone.now(), retailer=shop
        )
        tasks = list(outside.SyncTask.objects.all())
    act(as_user(sam), outside.SyncTask, "park", *tasks)
    with acting_for(shop):
        assert [one.subject for one in outside.SyncTask.objects.all()] == ["send-order:1"]


def test_support_reads_again(shop, rows, sam, as_user):
    portal = rows[outside.Connection]
    with acting_for(shop):
        outside.SyncTask.objects.all().delete()
    act(as_user(sam), outside.Connection, "pull_now", portal)
    with acting_for(shop):
        assert outside.SyncTask.objects.get().asked_by == sam
        assert retailers.Event.objects.filter(verb="staff_pull", actor=sam).exists()


def test_acts_need_the_right_to_change(shop, rows, as_user):
    from django.contrib.auth.models import Permission

    person = make.UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_synctask"))
    Authenticator.objects.create(user=person, type="totp", data={})
    with acting_for(shop):
        outside.SyncTask.objects.update(trouble="refused")
    task = rows[outside.SyncTask]
    as_user(person).post(
        page_of(outside.SyncTask, "changelist"),
        {"action": "try_again", "_selected_action": [task.pk]},
    )
    task.refresh_from_db()
    assert task.trouble == "refused"


def test_a_new_shop_begins_with_the_letter_to_its_owner(sam, as_user, mailoutbox):
    as_user(sam).post(
        page_of(retailers.Retailer, "add"),
        {
            "name": "Marram Stores",
            "timezone": "UTC",
            "language": "en",
            "currency": "USD",
            "active": "on",
            "owner_email": "first@marram.example",
        },
    )
    made = retailers.Retailer.objects.get(name="Marram Stores")
    with acting_for(made):
        letter = retailers.Invitation.objects.get()
    assert (letter.email, letter.role) == ("first@marram.example", "owner")
    assert mailoutbox[0].to == ["first@marram.example"]


def test_the_last_owner_is_not_lowered_by_staff(rows, sam, as_user):
    member = rows[retailers.Membership]
    as_user(sam).post(page_of(retailers.Membership, "change", member.pk), {"role": "viewer"})
    member.refresh_from_db()
    assert member.role == "owner"


def test_second_factors_and_sessions_end(rows, sam, owner, as_user):
    Authenticator.objects.create(user=owner, type="totp", data={})
    browser = as_user(owner)
    staff = as_user(sam)
    act(staff, retailers.User, "reset_second_factor", owner)
    act(staff, retailers.User, "end_sessions", owner)
    assert not Authenticator.objects.filter(user=owner).exists()
    assert browser.get("/").status_code == 302
