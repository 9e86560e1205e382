"""Staff pages for the outside: what waits, what stopped, what was written. Secrets never."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integrations.asking import try_line
from integrations.engine import dismiss, retry
from integrations.models import (
    Connection,
    Cursor,
    InboundEvent,
    Lane,
    OAuthState,
    OutgoingMail,
    PosOrder,
    RemoteLink,
    RemoteStep,
    SendPlan,
    SyncTask,
    WorkerBeat,
)
from integrations.naming import READING
from integrations.secrets import EncryptedTextField
from retailers.models import User, tell
from retailers.scope import acting_for
from retailers.staff import ReadOnlyAdmin

SEALED = tuple(
    field.name for field in Connection._meta.fields if isinstance(field, EncryptedTextField)
)


def _staff(request: HttpRequest) -> User:
    return cast("User", request.user)


class InTrouble(admin.SimpleListFilter):
    """The first question of support: what stands still?"""

    title = _("stands still")
    parameter_name = "stopped"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.exclude(trouble="")
        return queryset.filter(trouble="") if self.value() == "no" else queryset


class SupportAdmin(ReadOnlyAdmin):
    """Read-only, but with acts of support: those need the right to change."""

    def has_support_permission(self, request: HttpRequest) -> bool:
        name = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return request.user.has_perm(name)


@admin.register(Connection)
class ConnectionAdmin(SupportAdmin):
    """Credential sets, without the credentials."""

    list_display = ("name", "system", "state", "retailer", "supplier", "last_ok_at", "last_trouble")
    list_filter = ("system", "state", "retailer")
    search_fields = ("name", "domain_prefix", "retailer__name")
    exclude = SEALED
    actions = ("pull_now",)

    @admin.action(description=_("Read now"), permissions=["support"])
    def pull_now(self, request: HttpRequest, rows: QuerySet[Connection]) -> None:
        """Ask again, as the person in the shop could; the story says who did."""
        by, asked = _staff(request), 0
        for connection in rows.select_related("retailer"):
            with acting_for(connection.retailer_id), transaction.atomic():
                if try_line(connection, by=by):
                    asked += 1
                    text = _("%(who)s of our staff asked to read now.") % {"who": by}
                    tell(connection, "staff_pull", text, actor=by)
        self.message_user(request, _("%(n)s asked.") % {"n": asked}, messages.SUCCESS)


@admin.register(SyncTask)
class SyncTaskAdmin(SupportAdmin):
    """The queue of record: by trouble first."""

    list_display = (
        "subject", "connection", "retailer", "trouble", "trouble_text", "wait_text", "attempts",
        "not_before", "claimed_at",
    )  # fmt: skip
    list_filter = (InTrouble, "trouble", "connection__system", "retailer")
    search_fields = ("subject", "trouble_text", "connection__name", "retailer__name")
    ordering = ("-trouble", "not_before", "id")
    actions = ("try_again", "park")

    @admin.action(description=_("Try again"), permissions=["support"])
    def try_again(self, request: HttpRequest, rows: QuerySet[SyncTask]) -> None:
        """What is written already is looked up, not written again."""
        by = _staff(request)
        for task in rows.select_related("connection"):
            with acting_for(task.retailer_id), transaction.atomic():
                retry(task, by=by)
                text = _("%(who)s of our staff tried again: %(task)s.")
                tell(task.connection, "staff_retry", text % {"who": by, "task": task}, actor=by)
        self.message_user(request, _("They go on."), messages.SUCCESS)

    @admin.action(description=_("Put away (only what reads)"), permissions=["support"])
    def park(self, request: HttpRequest, rows: QuerySet[SyncTask]) -> None:
        """Drop what only reads; the next round asks again. What writes stays."""
        by, gone = _staff(request), 0
        for task in rows.select_related("connection"):
            if task.kind not in READING:
                continue
            with acting_for(task.retailer_id), transaction.atomic():
                if dismiss(task):
                    gone += 1
                    text = _("%(who)s of our staff put away: %(task)s.")
                    tell(task.connection, "staff_drop", text % {"who": by, "task": task}, actor=by)
        self.message_user(request, _("%(n)s put away.") % {"n": gone}, messages.SUCCESS)


@admin.register(RemoteStep)
class RemoteStepAdmin(ReadOnlyAdmin):
    """The write journal: never edited, it is what keeps writes from happening twice."""

    list_display = (
        "id", "kind", "title", "state", "order", "connection", "tries", "http_status", "updated",
    )  # fmt: skip
    list_filter = ("state", "kind", "connection__system")
    search_fields = ("=key", "title", "=remote_id", "=order__number", "trouble_text")
    ordering = ("-id",)


@admin.register(RemoteLink)
class RemoteLinkAdmin(ReadOnlyAdmin):
    list_display = ("kind", "local_id", "remote_id", "version", "connection", "retailer")
    list_filter = ("kind",)
    search_fields = ("=remote_id", "=local_id")


@admin.register(PosOrder)
class PosOrderAdmin(ReadOnlyAdmin):
    list_display = ("reference", "status", "order", "part", "connection", "received_at")
    list_filter = ("status", ("order", admin.EmptyFieldListFilter))
    search_fields = ("reference", "=remote_id", "=order__number")


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ("stream", "value", "connection", "retailer", "updated")
    list_filter = ("stream", "retailer")
    search_fields = ("connection__name",)


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnlyAdmin):
    list_display = ("received", "kind", "connection", "retailer")
    list_filter = ("kind",)
    search_fields = ("=dedupe_key", "connection__name")
    ordering = ("-id",)


@admin.register(SendPlan)
class SendPlanAdmin(ReadOnlyAdmin):
    list_display = ("order", "connection", "calls", "approved_by", "approved_at", "finished_at")
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    search_fields = ("=order__number",)


@admin.register(OAuthState)
class OAuthStateAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "retailer", "expires", "used_at")
    exclude = ("digest", "session_digest")
    search_fields = ("user__email",)


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    """Who speaks for a connection now, and the budget of calls."""

    list_display = (
        "connection",
        "claimed_by",
        "claim_until",
        "paused_until",
        "budget_left",
        "calls",
    )
    search_fields = ("connection__name", "claimed_by")


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    """Letters to be sent; what stands in them is theirs (it may be a reset link)."""

    list_display = ("subject", "to", "created", "sent_at", "tries", "trouble_text")
    list_filter = (("sent_at", admin.EmptyFieldListFilter),)
    search_fields = ("subject",)
    exclude = ("message",)
    ordering = ("-id",)


@admin.register(WorkerBeat)
class WorkerBeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "last_seen", "version")
