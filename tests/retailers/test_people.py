"""People of a shop: inviting, joining, roles, leaving, and the owner who cannot."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from retailers import people
from retailers.middleware import SHOP_KEY
from retailers.models import Event, Invitation, Membership, Role, User
from retailers.scope import acting_for
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "three calm harbour words"


@pytest.fixture
def invite(shop, owner, mailoutbox):
    """Olga invites somebody; the fixture gives back the path in the letter."""

    def send(email: str, role: str = Role.BUYER) -> str:
        with acting_for(shop):
            people.invite(shop, email=email, role=role, by=owner)
        found = re.search(r"/invitation/[\w-]+/", mailoutbox[-1].body)
        assert found, mailoutbox[-1].body
        return found.group()

    return send


def join_as(path: str, **changes: str) -> tuple[Client, object]:
    client = Client()
    typed = {"first_name": "Ines", "last_name": "Roth", "password": PASSWORD, **changes}
    return client, client.post(path, typed)


def test_a_new_person_joins_with_a_name_and_a_password(shop, invite):
    path = invite("Ines@Example.com")

    page = Client().get(path)
    assert b"Alder &amp; Quay" in page.content
    client, answer = join_as(path)

    assert answer.status_code == 302
    ines = User.objects.get(email="ines@example.com")
    assert ines.check_password(PASSWORD)
    with acting_for(shop):
        assert Membership.objects.get(user=ines).role == Role.BUYER
        assert Event.objects.filter(verb="person_joined", actor=ines).exists()
    assert client.get("/").status_code == 200


def test_the_link_works_once(invite):
    path = invite("ines@example.com")
    join_as(path)

    assert Client().get(path).status_code == 404
    assert join_as(path, first_name="Other")[1].status_code == 404
    assert User.objects.filter(email="ines@example.com").count() == 1


def test_the_link_works_for_a_week(shop, invite):
    path = invite("ines@example.com")
    with acting_for(shop):
        Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))

    assert Client().get(path).status_code == 404
    assert join_as(path)[1].status_code == 404


def test_only_a_digest_of_the_token_is_kept(shop, invite):
    token = invite("ines@example.com").split("/")[2]
    with acting_for(shop):
        letter = Invitation.objects.get()
    assert token not in letter.token_digest
    assert letter.token_digest == people.digest_of(token)


def test_a_second_letter_ends_the_first(invite):
    first, second = invite("ines@example.com"), invite("ines@example.com")

    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


def test_a_weak_password_is_refused_beside_its_field(invite):
    path = invite("ines@example.com")
    _client, answer = join_as(path, password="password")

    assert answer.status_code == 422
    assert b"id_password_error" in answer.content
    assert not User.objects.filter(email="ines@example.com").exists()


def test_a_known_person_signs_in_and_then_joins(shop, cleo, invite, as_user):
    path = invite(cleo.email, Role.VIEWER)

    page = Client().get(path)
    assert b"Sign in" in page.content
    assert b'name="password"' not in page.content  # nobody resets Cleo's password this way
    browser = as_user(cleo)
    assert b"Join" in browser.get(path).content
    assert browser.post(path).status_code == 302

    with acting_for(shop):
        assert Membership.objects.get(user=cleo).role == Role.VIEWER
    assert browser.session[SHOP_KEY] == shop.pk
    assert b"Alder &amp; Quay" in browser.get("/").content


def test_somebody_elses_invitation_is_refused(shop, cleo, invite, as_user):
    path = invite("ines@example.com")
    browser = as_user(cleo)

    assert browser.get(path).status_code == 403
    assert browser.post(path).status_code == 403
    with acting_for(shop):
        assert not Membership.objects.filter(user=cleo).exists()
    letter = people.letter_of(path.split("/")[2])
    assert letter is not None
    with pytest.raises(people.PeopleError, match=r"ines@example\.com"):
        people.join(letter, user=cleo)


def test_a_member_is_not_invited_again(owner, ana, as_user):
    answer = as_user(owner).post("/people/", {"email": "ANA@example.com", "role": "buyer"})

    assert answer.status_code == 422
    assert b"belongs to Alder &amp; Quay already" in answer.content


def test_the_page_invites_and_withdraws(shop, owner, as_user):
    browser = as_user(owner)
    browser.post("/people/", {"email": "ines@example.com", "role": "receiver"})

    page = browser.get("/people/")
    assert b"ines@example.com" in page.content
    with acting_for(shop):
        letter = Invitation.objects.get()
    browser.post(f"/people/letters/{letter.pk}/")
    with acting_for(shop):
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("typed", [{"email": "no", "role": "buyer"}, {"email": "", "role": "king"}])
def test_what_is_typed_wrong_is_named(owner, as_user, mailoutbox, typed):
    answer = as_user(owner).post("/people/", typed)

    assert answer.status_code == 422
    assert b"E-mail" in answer.content
    assert not mailoutbox


def test_fifty_open_letters_are_enough(shop, owner):
    with acting_for(shop):
        for n in range(people.OPEN_INVITATIONS):
            people.invite(shop, email=f"p{n}@example.com", role=Role.BUYER, by=owner)
        with pytest.raises(people.PeopleError, match="50 invitations"):
            people.invite(shop, email="more@example.com", role=Role.BUYER, by=owner)


def test_a_lowered_role_holds_from_the_next_request(shop, owner, ana, as_user):
    """G7: effective on the next request, within the session that is open."""
    second = MembershipFactory(retailer=shop, role=Role.OWNER, user__email="second@example.com")
    browser = as_user(second.user)
    assert browser.get("/people/").status_code == 200

    as_user(owner).post(f"/people/{second.pk}/role/", {"role": "viewer"})

    assert browser.get("/people/").status_code == 403


def test_a_removed_person_sees_nothing_of_the_shop(shop, owner, ana, as_user):
    browser = as_user(ana)
    assert b"Alder &amp; Quay" in browser.get("/").content
    with acting_for(shop):
        member = Membership.objects.get(user=ana)

    as_user(owner).post(f"/people/{member.pk}/remove/")

    answer = browser.get("/", follow=True)
    assert b"Alder" not in answer.content
    assert b"no shop" in answer.content
    assert browser.get("/people/").status_code == 403


def test_the_last_owner_cannot_leave_or_be_lowered(shop, owner, as_user):
    with acting_for(shop):
        member = Membership.objects.get(user=owner)
    browser = as_user(owner)

    browser.post(f"/people/{member.pk}/role/", {"role": "buyer"})
    answer = browser.post(f"/people/{member.pk}/remove/", follow=True)

    assert b"is the only owner" in answer.content
    with acting_for(shop):
        assert Membership.objects.get(user=owner).role == Role.OWNER


def test_an_owner_who_cannot_sign_in_does_not_count(shop, owner):
    MembershipFactory(retailer=shop, role=Role.OWNER, user__is_active=False)
    with acting_for(shop):
        member = Membership.objects.select_related("user").get(user=owner)
        with pytest.raises(people.PeopleError, match="only owner"):
            people.remove(member, by=owner)


def test_of_two_owners_who_lower_each_other_one_stays(shop, owner):
    """Both read "there is another owner" first; the second update finds none left."""
    other = MembershipFactory(retailer=shop, role=Role.OWNER)
    with acting_for(shop):
        mine = Membership.objects.select_related("user").get(user=owner)
        stale = Membership.objects.select_related("user").get(pk=other.pk)
        people.change_role(mine, role=Role.VIEWER, by=stale.user)
        with pytest.raises(people.PeopleError):
            people.change_role(stale, role=Role.VIEWER, by=owner)
        assert Membership.objects.filter(role=Role.OWNER).count() == 1


def test_switching_the_shop(shop, other_shop, cleo, as_user):
    MembershipFactory(retailer=shop, user=cleo, role=Role.VIEWER)
    browser = as_user(cleo)
    assert b"Harbour Row" in browser.get("/").content

    browser.post("/switch-shop/", {"retailer": shop.pk})

    assert b"Alder &amp; Quay" in browser.get("/").content


@pytest.mark.parametrize("wanted", ["", "999999", "x", "-1"])
def test_no_switch_to_a_shop_that_is_not_mine(ana, as_user, wanted):
    assert as_user(ana).post("/switch-shop/", {"retailer": wanted}).status_code == 404


def test_nobody_signs_up_uninvited(db):
    page = Client().get("/accounts/signup/")
    assert b'name="password1"' not in page.content
    answer = Client().post(
        "/accounts/signup/",
        {"email": "x@example.com", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert answer.status_code in (200, 302, 403)
    assert not User.objects.filter(email="x@example.com").exists()


def test_staff_without_a_shop_are_told_where_to_go(db, as_user):
    staff = UserFactory(is_staff=True)
    page = as_user(staff).get("/", follow=True)
    assert b"/staff/" in page.content
