"""A person's record: added by hand, changed, switched off and on, joined with the roster's; and the roles held."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from techdesk.audit.actions import disclose
from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, NotPossible, Stale
from techdesk.base.policy import load, may, policy, require
from techdesk.directory import actions
from techdesk.directory.forms import show_refusal
from techdesk.directory.hooks import still_out
from techdesk.directory.models import Person, RoleAssignment, School
from techdesk.directory.person_forms import AddPerson, ChangePerson, ChooseSchool, GrantRole, JoinPerson, values_of
from techdesk.directory.queries import roles_of, students_among
from techdesk.directory.queries.accounts import fixed_facts, may_change_account


@policy("directory.add_person")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add somebody whom the roster does not list yet; those it could be are shown first."""
    viewer: Any = request.user
    schools = School.objects.active().permitted(viewer, "directory.add_person").by_name()
    chosen = ChooseSchool(request.GET, schools=schools)
    school = chosen.cleaned_data["school"] if chosen.is_valid() else None
    if school is None and len(several := list(schools[:2])) == 1:
        school = several[0]
    if school is None:
        asked = chosen if "school" in request.GET else ChooseSchool(None, schools=schools)
        return render(request, "directory/person_add.html", {"choose": asked, "crumbs": _crumbs()})
    require(viewer, "directory.add_person", school_id=school.pk)
    form = AddPerson(request.POST or None, school=school)
    same: list[Person] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            same = _those_it_could_be(viewer, form.cleaned_data)
            if same:
                form = AddPerson(request.POST, school=school, asks_again=True)
                form.is_valid()
            if not same or form.confirmed:
                try:
                    person = actions.add_person(actor=viewer, school=school, **form.facts())
                except BadInput as refusal:
                    show_refusal(form, refusal)
                else:
                    words = _("%(name)s is here now. When the roster lists them, it takes this record over.")
                    messages.success(request, words % {"name": person.name})
                    return redirect(person)
    context = {"form": form, "school": school, "same": same, "crumbs": _crumbs()}
    return render(request, "directory/person_add.html", context, status=status)


def _those_it_could_be(viewer: Any, facts: dict[str, Any]) -> list[Person]:
    found = Person.objects.visible_to(viewer).likely_the_same(
        given_name=facts["given_name"], family_name=facts["family_name"], identifier=facts["identifier"]
    )
    people = list(found.by_name()[:10])
    disclose(viewer=viewer, channel="page", purpose="add a person", students=students_among(people))
    return people


def _crumbs(person: Person | None = None) -> list[tuple[str, str]]:
    above = [(_("People"), reverse("directory:people"))]
    return [*above, (person.name, person.get_absolute_url())] if person is not None else above


def _load(request: HttpRequest, key: UUID) -> Person:
    """The person, for somebody who may change this very account. Raises Http404, PermissionDenied."""
    viewer: Any = request.user
    person = load(request, Person.objects.humans(), key=key)
    action: str = request.policy  # type: ignore[attr-defined]
    if not may_change_account(viewer, person, action):
        raise PermissionDenied(action)
    return person


@policy("directory.change_person")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, key: UUID) -> HttpResponse:
    """Change what is known of a person, as far as it is not the roster's word."""
    viewer: Any = request.user
    person = _load(request, key)
    disclose(viewer=viewer, channel="page", purpose="change a person", students=students_among([person]))
    fixed = fixed_facts(person)
    form = ChangePerson(request.POST or None, initial=values_of(person), person=person, fixed=fixed)
    status, by_whom = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            version = form.cleaned_data["version"]
            try:
                actions.change_person(actor=viewer, person=person, version=version, **form.facts())
            except Stale:
                status = 409
                person.refresh_from_db()
                by_whom = AuditEntry.objects.about(person).last()
                data = request.POST.copy()
                data["version"] = str(person.version)
                form = ChangePerson(data, initial=values_of(person), person=person, fixed=fixed_facts(person))
            except BadInput as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("Saved."))
                return redirect(person)
    context = {"person": person, "form": form, "fixed": _words(person, fixed), "by_whom": by_whom}
    context["crumbs"] = _crumbs(person)
    return render(request, "directory/person_change.html", context, status=status)


def _words(person: Person, fixed: frozenset[str]) -> list[tuple[Any, str]]:
    """The facts that the roster says, with their labels, in the order of the form."""
    shown = [name for name in ChangePerson.base_fields if name in fixed and getattr(person, name)]
    return [(ChangePerson.base_fields[name].label, getattr(person, name)) for name in shown]


@policy("directory.deactivate_person")
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: HttpRequest, key: UUID) -> HttpResponse:
    """Switch an account off, after a look at what is to be collected."""
    viewer: Any = request.user
    person = _load(request, key)
    disclose(viewer=viewer, channel="page", purpose="switch off a person", students=students_among([person]))
    if request.method == "POST":
        actions.deactivate_people(actor=viewer, people=[person])
        messages.info(request, _("The account of %(name)s is off.") % {"name": person.name})
        return redirect(person)
    context = {"person": person, "things": still_out(viewer, [person.pk]).get(person.pk, [])}
    context["crumbs"] = _crumbs(person)
    return render(request, "directory/person_off.html", context)


@policy("directory.deactivate_person")
@require_POST
def switch_on(request: HttpRequest, key: UUID) -> HttpResponse:
    """Switch an account on again."""
    viewer: Any = request.user
    person = _load(request, key)
    actions.reactivate_people(actor=viewer, people=[person])
    messages.success(request, _("The account of %(name)s is on again.") % {"name": person.name})
    return redirect(person)


@policy("directory.grant_role")
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: HttpRequest, key: UUID) -> HttpResponse:
    """The roles of a person, and a form for one more."""
    viewer: Any = request.user
    person = load(request, Person.objects.humans(), key=key)
    disclose(viewer=viewer, channel="page", purpose="roles of a person", students=students_among([person]))
    schools = School.objects.active().visible_to(viewer).by_name()
    form = GrantRole(request.POST or None, person=person, schools=schools)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                granted = actions.grant_role(actor=viewer, person=person, **form.cleaned_data)
            except (BadInput, NotPossible) as refusal:
                show_refusal(form, refusal if isinstance(refusal, BadInput) else BadInput(refusal.message))
                status = refusal.status
            else:
                words = _("%(name)s is %(role)s now.") % {"name": person.name, "role": granted.words}
                messages.success(request, words)
                return redirect("directory:person-roles", key=person.key)
    held = roles_of([person], viewer).get(person.pk, [])
    context = {"person": person, "form": form, "held": held, "crumbs": _crumbs(person)}
    return render(request, "directory/person_roles.html", context, status=status)


@policy("directory.grant_role")
@require_POST
def role_end(request: HttpRequest, key: UUID) -> HttpResponse:
    """End one role, named by slug and school code."""
    viewer: Any = request.user
    person = load(request, Person.objects.humans(), key=key)
    held = RoleAssignment.objects.in_force().of(person).at_schools_seen_by(viewer).select_related("school", "person")
    held = held.with_role(request.POST.get("role", ""))
    code = request.POST.get("school", "")
    found = held.at_school_with_code(code).first() if code else held.for_the_district().first()
    if found is None:
        messages.info(request, _("This role had ended already."))
    else:
        actions.end_role(actor=viewer, assignment=found)
        messages.info(request, _("%(name)s is no longer %(role)s.") % {"name": person.name, "role": found.words})
    return redirect("directory:person-roles", key=person.key)


@policy("directory.change_person")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say which record of the roster somebody added by hand is."""
    viewer: Any = request.user
    person = _load(request, key)
    disclose(viewer=viewer, channel="page", purpose="join a person", students=students_among([person]))
    people = Person.objects.permitted(viewer, "directory.change_person").humans()
    form = JoinPerson(request.POST or None, people=people)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            listed = form.cleaned_data["listed"]
            if not may_change_account(viewer, listed, "directory.change_person"):
                raise PermissionDenied("directory.change_person")
            try:
                actions.join_temporary(actor=viewer, temporary=person, listed=listed)
            except NotPossible as refusal:
                form.add_error("listed", str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("One record is left. The roster keeps it up to date from now on."))
                return redirect(person)
    context = {"person": person, "form": form, "crumbs": _crumbs(person)}
    return render(request, "directory/person_join.html", context, status=status)


def what_may_be_done(viewer: Any, person: Person) -> dict[str, bool]:
    """Which of these pages `viewer` may open for `person`: for the buttons on the person's page."""
    if person.is_service:
        return {}
    # Who may change a record may switch it off: one question to the database for both.
    changes = may(viewer, "directory.change_person") and may_change_account(viewer, person, "directory.change_person")
    return {
        "may_change": changes,
        "may_join": changes and person.is_temporary,
        "may_switch": changes and person.pk != viewer.pk,
        "may_grant": may(viewer, "directory.grant_role"),
    }
