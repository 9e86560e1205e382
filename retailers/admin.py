"""Staff pages for people and shops; and what other packages would show that nobody should touch."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from retailers import people
from retailers.models import (
    Event,
    Invitation,
    Membership,
    Outlet,
    Retailer,
    Role,
    RuleSetting,
    User,
    tell,
)
from retailers.scope import acting_for
from retailers.staff import ReadOnlyAdmin, StaffAdmin, list_of

# Queue rows hold pickles, lock-out rows hold addresses of strangers: neither is for clicking.
for _label in ("django_q", "axes", "mfa"):
    for _model in apps.get_app_config(_label).get_models():
        if admin.site.is_registered(_model):
            admin.site.unregister(_model)


@admin.register(User)
class UserAdmin(StaffAdmin):
    """People. Passwords are theirs: support ends sessions and second factors, and sets neither."""

    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "is_active")}),
        (_("Staff"), {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Seen"), {"fields": ("last_login", "date_joined", "shops")}),
    )
    readonly_fields = ("last_login", "date_joined", "shops")
    filter_horizontal = ("groups", "user_permissions")
    actions = ("reset_second_factor", "end_sessions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only superusers make staff; nobody raises themselves."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        if not request.user.is_superuser:
            fixed += ("is_staff", "is_superuser", "groups", "user_permissions")
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's account is changed by superusers only."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new person has no password yet, and makes one by "Forgotten password"."""
        obj.email = obj.email.strip().lower()
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Permissions name their content type; without this each asks for it."""
        if db_field.name == "user_permissions":
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("shops"))
    def shops(self, user: User) -> str:
        return list_of(Membership, str(_("memberships")), user__id__exact=user.pk or 0)

    @admin.action(description=_("Take the second factor away (they set up a new one)"))
    def reset_second_factor(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        gone, _rows = Authenticator.objects.filter(user__in=self._mine(request, rows)).delete()
        self.message_user(request, _("%(n)s removed.") % {"n": gone}, messages.SUCCESS)

    @admin.action(description=_("End all their sessions"))
    def end_sessions(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        wanted = {str(pk) for pk in self._mine(request, rows).values_list("pk", flat=True)}
        ended = 0
        for session in Session.objects.iterator():
            if session.get_decoded().get("_auth_user_id") in wanted:
                session.delete()
                ended += 1
        self.message_user(request, _("%(n)s ended.") % {"n": ended}, messages.SUCCESS)

    @staticmethod
    def _mine(request: HttpRequest, rows: QuerySet[User]) -> QuerySet[User]:
        """Whom this member of staff may act on."""
        if request.user.is_superuser:
            return rows
        return rows.filter(is_superuser=False)


class RetailerForm(forms.ModelForm):
    """A shop, and for a new one the person who owns it."""

    owner_email = forms.EmailField(
        label=_("Invite an owner"),
        required=False,
        help_text=_("Gets a letter with a link; the first one of a new shop."),
    )

    class Meta:
        model = Retailer
        fields = ("name", "timezone", "language", "currency", "country", "start_date", "active")


@admin.register(Retailer)
class RetailerAdmin(StaffAdmin):
    """Shops. A new one begins with the letter to its first owner."""

    form = RetailerForm
    list_display = ("name", "currency", "timezone", "active", "created")
    list_filter = ("active", "currency")
    search_fields = ("name",)
    fields = (*RetailerForm.Meta.fields, "prices_include_tax", "owner_email", "links")
    readonly_fields = ("links", "prices_include_tax")

    @admin.display(description=_("everything of it"))
    def links(self, shop: Retailer) -> str:
        from django.utils.html import format_html_join

        named = (
            ("retailers.Membership", _("people")),
            ("purchasing.PurchaseOrder", _("orders")),
            ("integrations.Connection", _("connections")),
            ("integrations.SyncTask", _("tasks")),
            ("retailers.Event", _("story")),
        )
        return format_html_join(
            " · ",
            "{}",
            (
                (list_of(apps.get_model(name), str(label), retailer__id__exact=shop.pk or 0),)
                for name, label in named
            ),
        )

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if address := form.cleaned_data.get("owner_email"):
            try:
                people.invite(obj, email=address, role=Role.OWNER, by=cast("User", request.user))
            except people.PeopleError as error:
                self.message_user(request, str(error), messages.ERROR)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A shop is switched off; deleting one is a job for engineers, with a backup."""
        return False


@admin.register(Membership)
class MembershipAdmin(StaffAdmin):
    """Who works where. The last owner cannot be lowered here either."""

    list_display = ("user", "retailer", "role", "created")
    list_filter = ("role", "retailer")
    search_fields = ("user__email", "retailer__name")
    readonly_fields = ("created",)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change and "role" in form.changed_data:
            wanted = obj.role
            obj.role = form.initial["role"]
            with acting_for(obj.retailer_id):
                try:
                    people.change_role(obj, role=wanted, by=request.user)  # type: ignore[arg-type]
                except people.PeopleError as error:
                    self.message_user(request, str(error), messages.ERROR)
            return
        super().save_model(request, obj, form, change)
        if not change:
            tell(obj.retailer, "person_joined", f"{request.user} (staff) added {obj.user}.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("created", "user", "retailer") if obj else ("created",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners remove people; support switches a person off or lowers the role."""
        return False


@admin.register(Outlet)
class OutletAdmin(ReadOnlyAdmin):
    list_display = ("name", "retailer", "currency", "registers", "deleted_at")
    list_filter = ("retailer",)
    search_fields = ("name", "retailer__name")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Letters; the link itself is known to nobody but the person who got it."""

    list_display = ("email", "retailer", "role", "invited_by", "created", "expires", "accepted")
    list_filter = ("role", ("accepted", admin.EmptyFieldListFilter))
    search_fields = ("email", "retailer__name")
    exclude = ("token_digest",)


@admin.register(RuleSetting)
class RuleSettingAdmin(ReadOnlyAdmin):
    list_display = ("key", "value", "retailer", "changed_by", "changed_at")
    list_filter = ("key", "retailer")
    search_fields = ("key", "retailer__name")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Who decided what: the answer to most questions. Search by subject (order:12) or word."""

    list_display = ("at", "retailer", "subject", "text", "actor")
    list_filter = ("verb",)
    search_fields = ("subject", "text", "actor__email")
    ordering = ("-id",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors: that there is one, never what it is."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email",)
    exclude = ("data",)
