"""manage.py grant_role EMAIL ROLE [--school CODE]: give a person a role; the way to a first administrator."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.base.policy import ROLES
from techdesk.directory import actions
from techdesk.directory.actions.invitation import OBSTACLES
from techdesk.directory.choices import PersonKind
from techdesk.directory.commands import PeopleCommand, find_person, known_person, known_school
from techdesk.directory.links import link_path
from techdesk.directory.models import Person


class Command(PeopleCommand):
    help = "Give a person a role, at one school or for the whole district. Giving it twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("role", metavar="ROLE", help=", ".join(ROLES))
        parser.add_argument("--create", metavar='"GIVEN FAMILY"', help="make the person, unless the address is known")
        parser.add_argument("--invite", action="store_true", help="print (and mail) a link to choose a password")

    def carry_out(self, actor: Person, options: dict[str, Any], summary: dict[str, Any]) -> None:
        school = known_school(options["school"])
        person = self._person(actor, options, summary)
        held = person.role_assignments.in_force().filter(role=options["role"], school=school).exists()
        actions.grant_role(actor=actor, person=person, role=options["role"], school=school)
        summary["unchanged" if held else "created"] += 1
        summary |= {
            "person": person.public_key,
            "email": person.email,
            "role": options["role"],
            "school": school.code if school else None,
            "invitation": None,
            "invitation_obstacle": None,
        }
        if options["invite"]:
            self._invite(actor, person, summary, options["dry_run"])

    def _person(self, actor: Person, options: dict[str, Any], summary: dict[str, Any]) -> Person:
        if not options["create"]:
            return known_person(options["email"])
        found = find_person(options["email"])
        if found is not None:
            return found
        given, _space, family = options["create"].strip().rpartition(" ")
        if not given:
            raise BadInput(_('Write given name and family name, such as --create "Ana Diaz".'), code="bad_name")
        person = actions.create_person(
            actor=actor, kind=PersonKind.STAFF, given_name=given, family_name=family, email=options["email"]
        )
        summary["created"] += 1
        return person

    def _invite(self, actor: Person, person: Person, summary: dict[str, Any], dry_run: bool) -> None:
        obstacle = person.invitation_obstacle
        if obstacle:
            summary["invitation_obstacle"] = obstacle
            return
        [invitation] = actions.invite(actor=actor, people=[person])
        if not dry_run:  # a link that was taken back would only mislead
            summary["invitation"] = f"{settings.BASE_URL}{link_path(invitation)}"

    def tell(self, summary: dict[str, Any], dry_run: bool) -> None:
        facts = {
            "email": summary["email"],
            "role": ROLES[summary["role"]],
            "where": _("at school %(code)s") % {"code": summary["school"]}
            if summary["school"]
            else _("for the whole district"),
        }
        if dry_run:
            self.stdout.write(_("Dry run, nothing was changed: %(email)s would be %(role)s %(where)s.") % facts)
        elif summary["unchanged"]:
            self.stdout.write(_("%(email)s was %(role)s %(where)s already.") % facts)
        else:
            self.stdout.write(_("%(email)s is now %(role)s %(where)s.") % facts)
        if summary["invitation_obstacle"]:
            why = OBSTACLES[summary["invitation_obstacle"]]
            self.stderr.write(_("No invitation: %(why)s") % {"why": why})
        if summary["invitation"]:
            self.stdout.write(summary["invitation"])
