"""The list of people, a person's page, and inviting from both."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from techdesk.audit.actions import disclose
from techdesk.base.paging import keyset_page
from techdesk.base.policy import load, may, policy
from techdesk.directory import actions
from techdesk.directory.actions.invitation import OBSTACLES
from techdesk.directory.filters import PeopleFilters
from techdesk.directory.forms import selected_keys
from techdesk.directory.models import Person, RoleAssignment, School
from techdesk.directory.panels import person_panels
from techdesk.directory.queries import (
    account_state,
    guardians_of,
    invitations_of,
    roles_of,
    sections_of,
    students_among,
    wards_of,
)
from techdesk.directory.tables import PEOPLE, person_rows
from techdesk.directory.views.records import what_may_be_done
from techdesk.ui.lists import Table, filter_chips, sort_order

PAGE = 50


@policy("directory.list_people")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """People of the schools the viewer works for, one page at a time; invite those who are ticked."""
    viewer: Any = request.user
    filters = PeopleFilters(request.GET, viewer=viewer, schools=School.objects.active().visible_to(viewer).by_name())
    found = filters.narrow(Person.objects.permitted(viewer, "directory.list_people").humans())
    order = (*sort_order(request, PEOPLE, default="sort_name"), "pk")
    page = keyset_page(found, order=order, cursor=request.GET.get("cursor"), limit=PAGE)
    disclose(viewer=viewer, channel="page", purpose="people list", students=students_among(page.rows))
    table = Table(
        PEOPLE,
        person_rows(page.rows, viewer),
        caption=_("People"),
        request=request,
        select="key" if may(viewer, "directory.invite") else "",
        bulk_url=f"{reverse('directory:people-invite')}?{request.GET.urlencode()}",
    )
    context = {"table": table, "page": page, "filters": filters, "chips": filter_chips(filters, request)}
    context["may_add"] = may(viewer, "directory.add_person")
    return render(request, "directory/people.html", context)


@policy("directory.invite")
@require_POST
def people_invite(request: HttpRequest) -> HttpResponse:
    """Invite the people ticked on the list; say who was left out and why."""
    viewer: Any = request.user
    chosen = list(
        Person.objects.permitted(viewer, "directory.invite").with_keys(selected_keys(request.POST.getlist("selected")))
    )
    left_out = Counter(person.invitation_obstacle for person in chosen if person.invitation_obstacle)
    invitations = actions.invite(actor=viewer, people=chosen)
    if settings.EMAIL_URL:
        text = ngettext("%(n)d person was invited by mail.", "%(n)d people were invited by mail.", len(invitations))
    else:
        text = ngettext("%(n)d person is invited.", "%(n)d people are invited.", len(invitations))
    words = [text % {"n": len(invitations)}, *_mail_waits()]
    for obstacle, count in left_out.items():
        text = ngettext("%(n)d was left out: %(why)s", "%(n)d were left out: %(why)s", count)
        words.append(text % {"n": count, "why": OBSTACLES[obstacle]})
    messages.success(request, " ".join(words))
    return redirect(f"{reverse('directory:people')}?{request.GET.urlencode()}")


@policy("directory.view_person")
@require_safe
def person(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the school knows of one person, and what other apps show about them."""
    viewer: Any = request.user
    shown = load(request, Person.objects.all(), key=key)
    works_here = may(viewer, "directory.list_people", shown)
    relatives = _guardians(shown, viewer, works_here) if shown.is_student else _children(shown, viewer)
    named = students_among([shown, *(one.person for one in relatives)])
    disclose(viewer=viewer, channel="page", purpose="person page", students=named)
    invitation = invitations_of([shown]).get(shown.pk)
    roles = roles_of([shown], viewer).get(shown.pk, [])
    # The mail of an open invitation goes out once there is a server; until then the page says why it does not come.
    mail_waits = works_here and invitation is not None and invitation.state == "open" and not settings.EMAIL_URL
    return render(
        request,
        "directory/person.html",
        {
            "person": shown,
            "roles": roles,
            "sections": sections_of(shown, viewer),
            "account": account_state(shown, invitation) if works_here else None,
            "invitation": invitation,
            "mail_waits": mail_waits,
            "link_command": _link_command(viewer, shown, roles) if mail_waits else "",
            "may_invite": not shown.invitation_obstacle and may(viewer, "directory.invite", shown),
            "works_here": works_here,
            "relatives": relatives,
            "relatives_label": _("Guardians") if shown.is_student else _("Children"),
            "shows_identifier": may(viewer, "directory.view_identifier", shown),
            **what_may_be_done(viewer, shown),
            "panels": person_panels(request, shown),
            "crumbs": [(_("People"), reverse("directory:people"))],
        },
    )


@dataclass(frozen=True)
class Relative:
    """A guardian on a student's page, or a child on a guardian's."""

    person: Person
    href: str
    line: str

    @property
    def name(self) -> str:
        return self.person.name


def _guardians(student: Person, viewer: Any, works_here: bool) -> list[Relative]:
    """Who looks after a student; how to reach them only for those who work for the student's school."""
    held = guardians_of(student)
    seen = Person.objects.visible_to(viewer).with_ids(one.guardian_id for one in held) if held else []
    pages = {person.pk: person.get_absolute_url() for person in seen}
    found = []
    for one in held:
        words = [one.relationship, *((one.guardian.email, one.guardian.phone) if works_here else ())]
        if not one.receives_mail:
            words.append(_("gets no mail from the school"))
        line = " · ".join(word for word in words if word)
        found.append(Relative(one.guardian, pages.get(one.guardian_id, ""), line))
    return found


def _children(guardian: Person, viewer: Any) -> list[Relative]:
    found = []
    for one in wards_of(guardian, viewer):
        grade = _("grade %(grade)s") % {"grade": one.student.grade} if one.student.grade else ""
        line = " · ".join(word for word in (one.relationship, grade) if word)
        found.append(Relative(one.student, one.student.get_absolute_url(), line))
    return found


@policy("directory.invite")
@require_POST
def person_invite(request: HttpRequest, key: UUID) -> HttpResponse:
    """Invite one person, or send them a new link."""
    viewer: Any = request.user
    invited = load(request, Person.objects.all(), key=key)
    actions.invite(actor=viewer, people=[invited])
    text = _("%(name)s was invited by mail.") if settings.EMAIL_URL else _("%(name)s is invited.")
    messages.success(request, " ".join([text % {"name": invited.name}, *_mail_waits()]))
    return redirect(invited)


def _mail_waits() -> list[str]:
    """That an invitation has not gone out, as long as nobody has said which server sends mail."""
    if settings.EMAIL_URL:
        return []
    return [_("The mail waits: no mail server is set up yet.")]


def _link_command(viewer: Any, invited: Person, roles: list[RoleAssignment]) -> str:
    """The command that prints the link of somebody whose mail waits, for those who run the district; else "".

    It gives a role that is held already, so it changes nothing but the link.
    """
    if not (roles and invited.email and may(viewer, "directory.change_security")):
        return ""
    words = ["manage.py grant_role", invited.email, roles[0].role]
    if roles[0].school is not None:
        words += ["--school", roles[0].school.code]
    return " ".join([*words, "--invite"])
