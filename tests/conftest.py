"""The cast: Ana buys and Ben receives at Alder & Quay; Cleo works at another shop, Harbour Row."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from retailers.models import Membership, Retailer, Role, User
from retailers.scope import acting_for
from tests.factories import MembershipFactory, RetailerFactory

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session", autouse=True)
def _own_redis() -> None:
    """With REDIS_URL, each test process has a Redis database of its own: clearing empties all."""
    place = settings.CACHES["default"].get("LOCATION", "")
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    if place:
        settings.CACHES["default"]["LOCATION"] = f"{place.rpartition('/')[0]}/{number}"


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def shop(db: Any) -> Retailer:
    """Alder & Quay: US dollars, New York time, prices without tax."""
    return RetailerFactory(name="Alder & Quay", currency="USD", timezone="America/New_York")


@pytest.fixture
def other_shop(db: Any) -> Retailer:
    """Harbour Row: pounds, London time, prices with tax."""
    return RetailerFactory(
        name="Harbour Row", currency="GBP", timezone="Europe/London", prices_include_tax=True
    )


@pytest.fixture
def in_shop(shop: Retailer) -> Iterator[Retailer]:
    """Everything in the test acts for Alder & Quay."""
    with acting_for(shop):
        yield shop


def _member(shop: Retailer, role: str, name: str) -> User:
    membership: Membership = MembershipFactory(
        retailer=shop, role=role, user__email=f"{name}@example.com", user__first_name=name.title()
    )
    return membership.user


@pytest.fixture
def owner(shop: Retailer) -> User:
    return _member(shop, Role.OWNER, "olga")


@pytest.fixture
def ana(shop: Retailer) -> User:
    return _member(shop, Role.BUYER, "ana")


@pytest.fixture
def ben(shop: Retailer) -> User:
    return _member(shop, Role.RECEIVER, "ben")


@pytest.fixture
def vic(shop: Retailer) -> User:
    return _member(shop, Role.VIEWER, "vic")


@pytest.fixture
def cleo(other_shop: Retailer) -> User:
    return _member(other_shop, Role.OWNER, "cleo")


@pytest.fixture
def as_user() -> Any:
    """`as_user(ana)` is a browser in which Ana is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
