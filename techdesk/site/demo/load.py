"""Loading the demo district: everything or nothing, once."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from devices.models import Device
from techdesk.audit.hooks import schools_of
from techdesk.audit.models import ChangeEvent
from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.directory.models import District, Person, School
from techdesk.site.demo import fleet, help_requests, people, plan
from tickets.models import Ticket

SEED = 20250815
LOCK = 0x7EC4_00DE


def load_demo(*, today: dt.date | None = None) -> bool:
    """Load "Maple Valley" into an empty database; return whether anything was loaded.

    Loaded already: False, nothing changes. Raises NotPossible (`demo_not_allowed`) when the settings are not those
    of a demo on one's own machine, and (`not_empty`) when the database holds another district or people.
    """
    if not (settings.DEMO or settings.TESTING):
        raise NotPossible(
            _("The demo district can only be loaded where TECHDESK_DEMO=1, on a machine of your own."),
            code="demo_not_allowed",
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        district = District.objects.first()
        if district is not None and district.is_demo:
            return False
        if district is not None or Person.objects.exclude(kind="service").exists():
            raise NotPossible(
                _("This database holds a district already; the demo is only loaded into an empty one."),
                code="not_empty",
            )
        rng = random.Random(SEED)  # noqa: S311 - the same district every time
        day = today or now().astimezone(ZoneInfo(plan.ZONE)).date()
        world = people.build(rng, day)
        devices = fleet.build(world, rng)
        help_requests.build(world, devices, rng)
        _begin_change_feed()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return True


def _begin_change_feed() -> None:
    """The feed of changes starts with everything that is there, as it would have."""
    people = list(Person.objects.order_by("pk"))
    known_at = schools_of(Person.resource, people)
    ChangeEvent.objects.bulk_create(
        ChangeEvent(
            object_type=thing.resource,
            object_key=thing.public_key,
            version=thing.version,
            verb="load",
            school_before_id=None,
            school_after_id=thing.audit_school_id,
            schools=sorted({thing.audit_school_id} - {None}) or sorted(known_at.get(thing.pk, ())),
        )
        for rows in (School.objects.all(), Person.objects.all(), Device.objects.all(), Ticket.objects.all())
        for thing in rows.order_by("pk").iterator()
    )


def accounts_text() -> str:
    """The demo accounts and their password, as `make run` prints them."""
    width = max(len(name) for name in plan.ACCOUNTS) + len(plan.DOMAIN) + 1
    lines = [_("Demo accounts (password: %(password)s)") % {"password": plan.PASSWORD}]
    for name, (given, family, _role, _school, words) in plan.ACCOUNTS.items():
        lines.append(f"  {f'{name}@{plan.DOMAIN}':<{width}}  {given} {family}, {words}")
    return "\n".join(lines)
