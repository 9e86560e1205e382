"""Which retailer a piece of work is for, and the manager that cannot forget it.

Every row of a tenant is read through `TenantManager`. It filters by the retailer in force and
raises `UnscopedQuery` when there is none, so a forgotten filter is a crash in a test and never a
leak. The retailer in force is set by the middleware (from the signed-in membership), by
`acting_for` (tasks), or lifted by `unscoped` (staff admin, migrations of data, the sweeper).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from django.db import models

if TYPE_CHECKING:
    from retailers.models import Retailer

_Scope = int | Literal["*"] | None
_scope: ContextVar[_Scope] = ContextVar("retailer", default=None)
M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class UnscopedQuery(RuntimeError):
    """A tenant's table was asked without saying for which retailer."""


class WrongRetailer(RuntimeError):
    """A row of one retailer was about to be written while acting for another."""


@contextmanager
def acting_for(retailer: "Retailer | int") -> Iterator[None]:
    """Everything inside reads and writes this retailer's rows and no others."""
    token = _scope.set(retailer if isinstance(retailer, int) else retailer.pk)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def unscoped() -> Iterator[None]:
    """Everything inside sees all retailers: for staff pages and for the sweeper only."""
    token = _scope.set("*")
    try:
        yield
    finally:
        _scope.reset(token)


def current_retailer_id() -> int | None:
    """The retailer in force, None when none is or when all are in view."""
    scope = _scope.get()
    return scope if isinstance(scope, int) else None


class TenantQuerySet(models.QuerySet[M_co]):
    """Keeps bulk writes inside the retailer in force, as `TenantModel.save` does for one row."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        for row in rows:
            row.belong()
        return super().bulk_create(rows, *args, **kwargs)


class TenantManager(models.Manager[M_co]):
    """Filters by the retailer in force; refuses to answer when there is none."""

    def get_queryset(self) -> models.QuerySet[M_co]:
        scope = _scope.get()
        if scope is None:
            raise UnscopedQuery(
                f"{self.model.__name__} was asked with no retailer in force: "
                "use acting_for(retailer), or unscoped() where all are meant."
            )
        rows = super().get_queryset()
        return rows if scope == "*" else rows.filter(retailer_id=scope)

    def none(self) -> models.QuerySet[M_co]:
        """No rows: that needs no retailer, and forms are declared with it."""
        return super().get_queryset().none()


TenantRows = TenantManager.from_queryset(TenantQuerySet)


class TenantModel(models.Model):
    """A row that belongs to exactly one retailer."""

    retailer = models.ForeignKey("retailers.Retailer", on_delete=models.CASCADE, related_name="+")

    objects = TenantRows()

    class Meta:
        abstract = True

    def belong(self) -> None:
        """Take the retailer in force, or refuse when the row is somebody else's."""
        scope = _scope.get()
        mine: int | None = self.retailer_id
        if mine is None and isinstance(scope, int):
            self.retailer_id = scope
        if isinstance(scope, int) and self.retailer_id != scope:
            raise WrongRetailer(
                f"{type(self).__name__} of retailer {self.retailer_id} while acting for {scope}."
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.belong()
        super().save(*args, **kwargs)
