"""Pages about the shop itself: its people, the letters to new ones, its settings."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from retailers import people
from retailers.access import Ability, ShopRequest, needs
from retailers.forms import InviteForm, NewPersonForm, RoleForm, RulesForm, ShopForm
from retailers.middleware import SHOP_KEY
from retailers.models import Event, Invitation, Membership, Role, User, subject_of, tell
from retailers.shop_rules import RULE_BY_KEY
from retailers.shop_settings import reset_rule, rules_in_force, set_rules, value_in_words
from retailers.signals import start_date_set

BACKEND = "django.contrib.auth.backends.ModelBackend"

# --- People ----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Ability.MANAGE)
def people_list(request: ShopRequest) -> HttpResponse:
    """Who belongs to the shop, who was invited; a POST invites one more."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            letter = people.invite(
                request.retailer,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                by=request.user,
            )
        except people.PeopleError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(
                request,
                _("A letter is on its way to %(email)s. Its link works for a week.")
                % {"email": letter.email},
            )
            return redirect("people")
    return _show_people(request, form)


def _show_people(request: ShopRequest, form: InviteForm) -> HttpResponse:
    members = list(Membership.objects.select_related("user").order_by("user__email"))
    context = {
        "form": form,
        "members": sorted(members, key=lambda one: (Role.values.index(one.role), str(one.user))),
        "letters": people.open_letters(request.retailer)
        .select_related("invited_by")
        .order_by("-id"),
        "roles": Role.choices,
        "story": people.story_of_people(request.retailer),
    }
    status = 422 if form.errors else 200
    return render(request, "retailers/people.html", context, status=status)


@require_POST
@needs(Ability.MANAGE)
def person_role(request: ShopRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    member = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Role: choose one of the four."))
        return redirect("people")
    try:
        people.change_role(member, role=form.cleaned_data["role"], by=request.user)
    except people.PeopleError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("%(who)s is %(role)s now.")
            % {"who": member.user, "role": member.get_role_display().lower()},
        )
    return redirect("people" if member.user != request.user else "home")


@require_POST
@needs(Ability.MANAGE)
def person_remove(request: ShopRequest, pk: int) -> HttpResponse:
    """Take a person out of the shop."""
    member = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    try:
        people.remove(member, by=request.user)
    except people.PeopleError as error:
        messages.error(request, str(error))
        return redirect("people")
    if member.user == request.user:
        messages.success(request, _("You left %(shop)s.") % {"shop": request.retailer})
        return redirect("home")
    messages.success(request, _("%(who)s is out. What they did stays.") % {"who": member.user})
    return redirect("people")


@require_POST
@needs(Ability.MANAGE)
def invitation_withdraw(request: ShopRequest, pk: int) -> HttpResponse:
    """Make an invitation's link stop working."""
    letter = get_object_or_404(Invitation, pk=pk)
    try:
        people.withdraw(letter, by=request.user)
    except people.PeopleError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("The invitation of %(email)s is withdrawn.") % {"email": letter.email}
        )
    return redirect("people")


@require_POST
def switch_shop(request: HttpRequest) -> HttpResponse:
    """Work for another of one's shops from here on."""
    mine: list[Membership] = getattr(request, "memberships", [])
    wanted = request.POST.get("retailer", "")
    for membership in mine:
        if str(membership.retailer_id) == wanted:
            request.session[SHOP_KEY] = membership.retailer_id
            messages.success(request, _("You are at %(shop)s now.") % {"shop": membership.retailer})
            return redirect("home")
    raise Http404


# --- Invitations -----------------------------------------------------------------------------


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the letter opens: a new person makes an account, a known one joins.

    The token says which shop; nothing else of the shop is shown before somebody has joined.
    """
    letter = people.letter_of(token)
    if letter is None:
        return render(request, "retailers/invitation_gone.html", status=404)
    if request.user.is_authenticated:
        return _join_signed_in(request, letter)
    if User.objects.filter(email=letter.email).exists():
        return render(request, "retailers/invitation_sign_in.html", {"letter": letter})
    return _join_new(request, letter)


def _join_signed_in(request: HttpRequest, letter: Invitation) -> HttpResponse:
    """One press to join; refused with the way out when the letter is for somebody else."""
    user = cast("User", request.user)
    if user.email.lower() != letter.email.lower():
        return render(request, "retailers/invitation_other.html", {"letter": letter}, status=403)
    if request.method != "POST":
        return render(request, "retailers/invitation_join.html", {"letter": letter})
    try:
        membership = people.join(letter, user=user)
    except people.PeopleError as error:
        messages.error(request, str(error))
        return redirect("home")
    return _welcome(request, membership)


def _join_new(request: HttpRequest, letter: Invitation) -> HttpResponse:
    """Name and password, and the person is in."""
    form = NewPersonForm(request.POST or None, email=letter.email)
    if request.method == "POST" and form.is_valid():
        try:
            membership = people.join_as_new_person(letter, **form.cleaned_data)
        except (people.PeopleError, IntegrityError):
            # Two tabs: the other one was first. The page now asks to sign in.
            return redirect(request.path)
        login(request, membership.user, backend=BACKEND)
        return _welcome(request, membership)
    context = {"letter": letter, "form": form}
    status = 422 if form.errors else 200
    return render(request, "retailers/invitation_new.html", context, status=status)


def _welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    request.session[SHOP_KEY] = membership.retailer_id
    messages.success(request, _("You belong to %(shop)s now.") % {"shop": membership.retailer})
    return redirect("home")


# --- Settings --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Ability.MANAGE)
def shop_settings(request: ShopRequest) -> HttpResponse:
    """The shop's rules: each with its default, an example, and who changed it when."""
    in_force = rules_in_force(request.retailer)
    form = RulesForm(in_force, request.POST or None)
    if request.method == "POST" and form.is_valid():
        changes = form.changes()
        set_rules(request.retailer, changes, by=request.user)
        messages.success(request, _("Kept.") if changes else _("Nothing was changed."))
        return redirect("shop-settings")
    return _show_settings(request, form, ShopForm(instance=request.retailer))


@require_POST
@needs(Ability.MANAGE)
def shop_facts(request: ShopRequest) -> HttpResponse:
    """Name, time zone, language and start date."""
    shop = request.retailer
    form = ShopForm(request.POST, instance=type(shop).objects.get(pk=shop.pk))
    if not form.is_valid():
        return _show_settings(request, RulesForm(rules_in_force(shop)), form)
    if form.changed_data:
        labels = ", ".join(str(form.fields[name].label) for name in form.changed_data)
        with transaction.atomic():
            form.instance.save(update_fields=form.changed_data)
            tell(
                shop,
                "shop_changed",
                _("%(who)s changed %(what)s.") % {"who": request.user, "what": labels},
                actor=request.user,
            )
            if "start_date" in form.changed_data:
                start_date_set.send(type(shop), shop=form.instance, by=request.user)
        messages.success(request, _("Kept."))
    else:
        messages.success(request, _("Nothing was changed."))
    return redirect("shop-settings")


@require_POST
@needs(Ability.MANAGE)
def shop_rule_reset(request: ShopRequest, key: str) -> HttpResponse:
    """One rule back to its default."""
    rule = RULE_BY_KEY.get(key)
    if rule is None:
        raise Http404
    reset_rule(request.retailer, rule, by=request.user)
    messages.success(
        request,
        _("“%(rule)s” is %(value)s again, as for every new shop.")
        % {"rule": rule.label, "value": value_in_words(rule, rule.default)},
    )
    return redirect("shop-settings")


def _show_settings(request: ShopRequest, form: RulesForm, facts: ShopForm) -> HttpResponse:
    groups: dict[str, list[dict[str, object]]] = {}
    for one in rules_in_force(request.retailer):
        groups.setdefault(str(one.rule.group), []).append(
            {
                "bound": form[one.rule.key],
                "was": form[one.rule.key].as_hidden(only_initial=True),
                "in_force": one,
                "default": value_in_words(one.rule, one.rule.default),
            }
        )
    story = (
        Event.objects.filter(
            subject=subject_of(request.retailer),
            verb__in=("rule_set", "rule_reset", "shop_changed"),
        )
        .select_related("actor")
        .order_by("-id")[:8]
    )
    context = {"groups": groups, "form": form, "facts": facts, "story": story}
    status = 422 if form.errors or facts.errors else 200
    return render(request, "retailers/settings.html", context, status=status)


# --- The person ------------------------------------------------------------------------------


@require_GET
def no_shop(request: HttpRequest) -> HttpResponse:
    """For somebody signed in who belongs to no shop (any more)."""
    if getattr(request, "membership", None) is not None:
        return redirect("home")
    return render(request, "retailers/no_shop.html")
