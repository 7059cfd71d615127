"""Two schools; every text of the first carries a canary. And an address for everything in it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import NoReverseMatch, reverse
from PIL import Image

from devices.actions import check_out
from devices.models import Device
from techdesk.base.policy import DISTRICT_ROLES, ROLES
from techdesk.directory.actions import create_token
from techdesk.directory.models import School, YearChange
from techdesk.jobs.actions import start_run, store_picture
from techdesk.jobs.actions.imports import stage_uploaded, upload_import
from techdesk.jobs.hooks import find_kind
from techdesk.jobs.models import ImportRun
from techdesk.notifications.models import Delivery, WebhookTarget
from tests.architecture.addresses import Address
from tests.factories import (
    CartFactory,
    DeviceFactory,
    PersonFactory,
    RoomFactory,
    SchoolFactory,
    SectionFactory,
    enrol,
    person_with,
)
from tickets.actions import add_message, open_ticket
from tickets.models import IssueType

#: Stands in every text of school A; must never be read at school B.
CANARY = "Kanarienvogel"


@dataclass
class District:
    a: School
    b: School
    arguments: dict[str, dict[str, str]] = field(default_factory=dict)  # of what belongs to A
    people_a: dict[str, Any] = field(default_factory=dict)
    people_b: dict[str, Any] = field(default_factory=dict)
    wide: dict[str, Any] = field(default_factory=dict)


def picture() -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(data, "JPEG")
    return SimpleUploadedFile("board.jpg", data.getvalue(), "image/jpeg")


def build() -> District:
    a = SchoolFactory(code=f"A-{CANARY}", name=f"{CANARY} Elementary")
    b = SchoolFactory(code="B", name="Bee Elementary")
    place = District(a=a, b=b)
    for school, people in ((a, place.people_a), (b, place.people_b)):
        for role in ROLES:
            if role not in DISTRICT_ROLES:
                people[role] = person_with(role, school, family_name=CANARY if school is a else "Bee")
    place.wide = {role: person_with(role) for role in sorted(DISTRICT_ROLES)}
    place.people_b["nobody"] = PersonFactory()
    room = RoomFactory(school=a, code=f"{CANARY}12", name=f"{CANARY} room")
    teacher, student, technician = (place.people_a[r] for r in ("teacher", "student", "technician"))
    section = SectionFactory(school=a, room=room, title=f"{CANARY} 5B")
    enrol(section, teacher=teacher, students=[student])
    device = DeviceFactory(school=a, asset_tag=f"{CANARY} 1/2", serial=f"{CANARY}S", home_room=room)
    CartFactory(school=a, asset_tag=f"CART-{CANARY}", responsible=teacher)
    check_out(actor=technician, device=device, person=student, note=f"{CANARY} note")
    device = Device.objects.get(pk=device.pk)
    ticket = open_ticket(
        actor=teacher,
        school=a,
        subject=f"{CANARY} board",
        description=f"{CANARY} text",
        issue_type=IssueType.objects.offered()[0],
        room=room,
        devices=[device],
        affected=student,
        pictures=[store_picture(actor=teacher, upload=picture())],
    )
    add_message(actor=technician, ticket=ticket, body=f"{CANARY} note", is_internal=True)
    run = start_run(actor=technician, kind="import", title=f"{CANARY} run")
    imported = ImportRun.objects.create(
        kind="google_devices", source="google", title=f"{CANARY} import", school=a, owner=technician, job_run=run
    )
    columns = upload_import(
        actor=place.people_a["school_admin"],
        kind=find_kind("plain_people"),
        uploads=[SimpleUploadedFile("people.csv", f"What,Who\n1,{CANARY} Doe\n".encode())],
        school=a,
        options={"schools": [a.pk]},
    )
    stage_uploaded(run_id=columns.pk)
    change = YearChange.objects.create(owner=place.wide["district_technician"])
    target = WebhookTarget.objects.create(school=a, name=f"{CANARY} room", kind="google_chat", sealed_url="-")
    attachment = ticket.attachments.get()
    token, _secret = create_token(actor=technician, owner=technician, name=f"{CANARY} token", scope="read", school=a)
    place.arguments = {
        "devices": {"asset_tag": device.asset_tag, "code": device.asset_tag},
        "tickets": {"number": str(ticket.number), "slug": IssueType.objects.offered()[0].slug},
        "directory": {"key": student.public_key, "token": "x" * 43},
        "directory:import-invite": {"key": imported.public_key},
        **dict.fromkeys(
            ("directory:year-change", "directory:year-roster", "directory:year-apply", "directory:year-drop"),
            {"key": change.public_key},
        ),
        **dict.fromkeys(("directory:token", "directory:token-revoke"), {"key": token.public_key}),
        **dict.fromkeys(("directory:webhook-try", "directory:webhook-switch"), {"key": target.public_key}),
        "jobs:run": {"key": run.public_key},
        "jobs:import": {"key": imported.public_key},
        "jobs:import-columns": {"key": columns.public_key},
        "jobs:file": {"key": attachment.file.public_key},
        "jobs": {"key": imported.public_key},
        "api:room": {"room": f"{a.code}/{room.code}"},
        "api:school": {"code": a.code},
        "api:person": {"id": student.public_key},
        "api:unknown": {"rest": "no/such/thing/"},
        "notifications": {"key": technician.notifications.order_by("id")[0].public_key, "token": "x" * 43},
        "notifications:delivery-resend": {"key": Delivery.objects.filter(recipient=technician)[0].public_key},
    }
    return place


def url_of(address: Address, place: District) -> str | None:
    """The address with school A's objects filled in; None where it takes no object. An unknown argument is an error."""
    if not address.arguments:
        try:
            return reverse(address.name)
        except NoReverseMatch:
            return None
    space, _sep, name = address.name.rpartition(":")
    for key in (address.name, space, f"{name.split('-')[0]}s"):
        known = place.arguments.get(key)
        if known and set(address.arguments) <= set(known):
            return reverse(address.name, kwargs={a: known[a] for a in address.arguments})
    raise LookupError(f"Give an example of {address.arguments} for {address.name} in tests/architecture/places.py")
