"""The main job on a district's real exports: once in browsers, once by the API alone. Everything is real: web, worker,
beat, PostgreSQL, Valkey and the mail server.

The roster and both pages of the device list come in; a teacher of that roster is invited, asks for help about one of
those Chromebooks with a photo from a phone; the technician answers and resolves; the mails arrive; a script pulls
exactly its school's devices.
"""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from devices.models import Device
from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.directory.models import Person
from techdesk.jobs.models import Job
from techdesk.notifications.models import Delivery
from tests.factories import DeviceFactory, SchoolFactory
from tests.faults.town import Town
from tests.jobs.pictures import GPS_IFD, photo_of_a_phone
from tests.journeys.keyboard import press, tab_to
from tickets.models import Ticket

SCHOOL = "0000999003"
ADMIN, TECHNICIAN = "ada.stone@cedarvalley.example", "tess.rivera@cedarvalley.example"
PASSWORD = "seven quiet lamps"
#: Devices on both pages of the console's list together.
FLEET = 40
WHAT = "The screen stays black. It was fine yesterday."
#: Home, the words, the tag, the photo, the button: what a teacher between two lessons has patience for.
MOST_TAPS = 6


@dataclass
class District:
    """The exports of one district, and what they hold."""

    roster: Path
    devices: list[Path]

    @property
    def roster_rows(self) -> int:
        """Rows that mean something here: courses do not, nor does the manifest. The place of a class becomes a room."""
        files = ("academicSessions", "classes", "enrollments", "orgs", "users")
        rooms = {(row["schoolSourcedId"], row["location"]) for row in self._rows("classes") if row["location"]}
        return sum(len(self._rows(name)) for name in files) + len(rooms)

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (self.roster / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def district(shared_data: Path) -> District:
    folder = shared_data / "devices"
    return District(folder / "oneroster" / "v1p1_bulk", sorted((folder / "google").glob("sample_list_page*.json")))


def test_in_browsers(district: District, town: Town, visit: Callable[..., Page]) -> None:
    import_twice(town, district.roster_rows, "import_oneroster", district.roster)
    make_staff(town)

    admin = visit(base(town))
    follow_invitation(admin, town, ADMIN)
    import_devices_on_the_page(admin, district)
    for _again in range(2):
        found(command("import_devices", *district.devices, "--school", SCHOOL), {"unchanged": FLEET})
    devices_elsewhere()

    technician = visit(base(town))
    follow_invitation(technician, town, TECHNICIAN)
    teacher_account = teacher_of_the_roster()
    invite_on_the_page(technician, teacher_account)

    teacher = visit(base(town), width=360)
    follow_invitation(teacher, town, teacher_account.email)
    device = Device.objects.get(asset_tag="10006")
    ticket, taps = ask_for_help(teacher, device)
    assert taps <= MOST_TAPS

    opened = notice_of(town, TECHNICIAN, ticket)
    answer_and_resolve(technician, ticket, device)
    read_the_answer_and_confirm(teacher, town, teacher_account, ticket, opened)

    pull_devices(town)
    everything_is_settled(town)


def test_by_the_api_alone(district: District, town: Town) -> None:
    import_twice(town, district.roster_rows, "import_oneroster", district.roster)
    import_twice(town, FLEET, "import_devices", *district.devices, "--school", SCHOOL)
    make_staff(town)
    devices_elsewhere()
    teacher = teacher_of_the_roster()
    asks, works = token(teacher.email, "write"), token(TECHNICIAN, "write")

    body = {"subject": "The screen stays black", "description": WHAT, "school": SCHOOL, "issue_type": "device"}
    status, row = town.request("POST", "/api/v1/tickets/", token=asks, body={**body, "devices": ["10006"]})
    assert (status, row["status"], row["devices"]) == (201, "new", ["10006"]), row
    path = f"/api/v1/tickets/{row['number']}/"
    status, queue = town.request("GET", "/api/v1/tickets/?status=new", token=works)
    assert [one["number"] for one in queue["results"]] == [row["number"]]
    for verb, sent, expected in (
        ("assign/", {"assignee": "me"}, (200, "open")),
        ("messages/", {"body": "I bring you another one.", "internal": False}, (201, None)),
        ("resolve/", {"resolution": "New panel."}, (200, "resolved")),
    ):
        status, row = town.request("POST", f"{path}{verb}", token=works, body=sent)
        assert (status, row.get("status")) == expected, row

    status, row = town.request("GET", path, token=asks)
    assert (status, row["status"], row["resolution"]) == (200, "resolved", "New panel.")
    status, written = town.request("GET", f"{path}messages/", token=asks)
    assert [one["body"] for one in written["results"]] == ["I bring you another one.", "New panel."]
    status, row = town.request("POST", f"{path}close/", token=asks, body={})
    assert (status, row["status"]) == (200, "closed")

    ticket = Ticket.objects.get(number=row["number"])
    opened = notice_of(town, TECHNICIAN, ticket)
    received, reply, resolved = town.mail.wait_for(teacher.email, 3, about=f"{ticket}: ")
    in_one_thread(opened, received, reply, resolved)
    assert "I bring you another one." in text_of(reply) and "New panel." in text_of(resolved)
    pull_devices(town)
    everything_is_settled(town)


# --- imports and accounts --------------------------------------------------------------------------------


def command(*arguments: Any) -> tuple[int, dict[str, Any]]:
    """A command with --json, in this process: its exit code and the object it printed."""
    out, code = StringIO(), 0
    try:
        call_command(*(str(one) for one in arguments), "--json", stdout=out)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, json.loads(out.getvalue())


def found(answer: tuple[int, dict[str, Any]], counts: dict[str, int]) -> None:
    """The answer of an import: everything went well, and what `counts` does not mention is nothing."""
    code, summary = answer
    told = {word: summary[word] for word in ("created", "updated", "unchanged", "deactivated", "refused")}
    assert (code, summary["errors"]) == (0, []), summary
    assert {word: count for word, count in told.items() if count} == counts


def import_twice(town: Town, rows: int, *arguments: Any) -> None:
    """Once by a process of its own, as from a shell; then the same again."""
    found(town.manage(*arguments), {"created": rows})
    found(command(*arguments), {"unchanged": rows})


def make_staff(town: Town) -> None:
    """Who is on no roster: the administrator of the district and the technician of the school, invited by mail."""
    for email, role, name, *where in (
        (ADMIN, "district_admin", "Ada Stone"),
        (TECHNICIAN, "technician", "Tess Rivera", "--school", SCHOOL),
    ):
        code, summary = town.manage("grant_role", email, role, *where, "--create", name, "--invite")
        assert (code, summary["errors"], summary["created"]) == (0, [], 2), summary


def teacher_of_the_roster() -> Any:
    return Person.objects.get(username="fmller1126")


def devices_elsewhere() -> None:
    """Devices of two other schools: one of the roster and one that is none of the roster's business."""
    other = type(Device.objects.get(asset_tag="10006").school).objects.get(code="0000999001")
    for school in (other, SchoolFactory()):
        DeviceFactory.create_batch(3, school=school, serial="")


def token(email: str, scope: str) -> str:
    code, summary = command("create_token", email, "--scope", scope, "--school", SCHOOL)
    assert (code, summary["scope"], summary["school"]) == (0, scope, SCHOOL)
    return str(summary["token"])


def follow_invitation(page: Page, town: Town, email: str) -> None:
    """Open the link of the mail, choose a password, and be signed in."""
    [mail] = town.mail.wait_for(email, about="Your Techdesk account: choose a password")
    page.goto(link_in(mail))
    fits(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_role("link", name="Notices")).to_be_visible()
    fits(page)


def import_devices_on_the_page(page: Page, district: District) -> None:
    """Upload both files, look at the preview, apply; the same again says that nothing differs."""
    page.get_by_role("link", name="Imports").click()
    for first in (True, False):
        form = page.locator("form", has=page.locator("input[name='google_devices-files']"))
        form.get_by_label("Files").set_input_files(district.devices)
        form.get_by_label("School").select_option(SCHOOL)
        form.get_by_role("button", name="Read the files").click()
        new = page.locator(".stat", has_text="New").locator(".figure")
        expect(new).to_have_text(str(FLEET) if first else "0", timeout=40_000)
        if first:
            assert not Device.objects.exists(), "a preview changes nothing"
            page.get_by_role("button", name="Apply").click()
            expect(page.get_by_text("Applied")).to_be_visible(timeout=40_000)
            assert Device.objects.count() == FLEET
            page.get_by_role("link", name="Imports").first.click()
        else:
            expect(page.get_by_text("Nothing differs")).to_be_visible()
            expect(page.locator(".stat", has_text="Unchanged").locator(".figure")).to_have_text(str(FLEET))


def invite_on_the_page(page: Page, person: Any) -> None:
    page.get_by_role("link", name="People").click()
    page.get_by_label("Name, email or card number").fill(person.email)
    page.keyboard.press("Enter")
    page.get_by_label(f"Select {person.name}").check()
    page.get_by_role("button", name="Invite by mail").click()
    expect(page.get_by_text("1 person was invited by mail.")).to_be_visible()


# --- the ticket ------------------------------------------------------------------------------------------


def ask_for_help(page: Page, device: Device) -> tuple[Ticket, int]:
    """On the phone: from the first page to the number of the ticket; returns how often the screen was touched."""
    page.context.add_init_script(
        "addEventListener('pointerdown', () => "
        "sessionStorage.setItem('taps', 1 + Number(sessionStorage.getItem('taps'))), true)"
    )
    page.goto("/")
    page.get_by_role("link", name="Chromebook or tablet").tap()
    page.get_by_label("What happens?").tap()
    page.keyboard.type(WHAT)
    page.get_by_label("tag on its sticker").tap()
    page.keyboard.type(device.asset_tag)
    photo = photo_of_a_phone()
    assert Image.open(BytesIO(photo)).getexif().get_ifd(GPS_IFD), "the photo says where it was taken"
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Photo").tap()
    chooser.value.set_files({"name": "IMG_2041.jpg", "mimeType": "image/jpeg", "buffer": photo})
    expect(page.get_by_role("img", name="IMG_2041.jpg")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Ask for help").tap()
    expect(page.get_by_text("We have it: T-")).to_be_visible()
    fits(page)
    taps = int(page.evaluate("sessionStorage.getItem('taps')"))
    ticket = Ticket.objects.get()
    expect(page.get_by_text(f"We have it: {ticket}")).to_be_visible()
    expect(page.get_by_text("Tess Rivera")).to_be_visible()
    assert list(ticket.devices.all()) == [device]
    return ticket, taps


def answer_and_resolve(page: Page, ticket: Ticket, device: Device) -> None:
    """The technician, by keyboard: queue, ticket, photo, reply, resolve."""
    page.get_by_role("link", name="Queue").click()
    told = int(page.locator(".bell .count").inner_text())
    press(page, "j", "Enter")
    page.wait_for_url(re.compile(rf"/tickets/{ticket.number}/$"))
    expect(page.locator(".asked")).to_contain_text(WHAT)
    expect(page.get_by_role("link", name=device.asset_tag)).to_be_visible()
    picture = page.get_by_role("img", name="Picture IMG_2041.jpg")
    expect(picture).to_be_visible()
    has_no_place(page, picture)
    # The notice of a new password is still there; that of the ticket was read by opening it.
    assert told == 2
    expect(page.locator(".bell .count")).to_have_text("1")

    press(page, "r")
    expect(page.get_by_label("Your reply")).to_be_focused()
    page.keyboard.type("I bring you another one after lunch.")
    tab_to(page, page.get_by_role("button", name="Send reply"))
    press(page, "Enter")
    expect(page.get_by_text("Your reply is on its way.")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("I bring you another one after lunch.")

    press(page, "e")
    expect(page.get_by_label("What did you do?")).to_be_focused()
    page.keyboard.type("The panel was loose. You have a new one.")
    tab_to(page, page.get_by_role("button", name="Resolve"))
    press(page, "Enter")
    expect(page.get_by_text(f"{ticket} is resolved.")).to_be_visible()


def read_the_answer_and_confirm(page: Page, town: Town, teacher: Any, ticket: Any, opened: EmailMessage) -> None:
    """The mails are there, in the thread of the ticket; the page says the same; it works now."""
    received, reply, resolved = town.mail.wait_for(teacher.email, 3, about=f"{ticket}: ")
    assert WHAT in text_of(received)
    assert "I bring you another one after lunch." in text_of(reply)
    assert "The panel was loose." in text_of(resolved)
    in_one_thread(opened, received, reply, resolved)
    page.goto(link_in(resolved))
    expect(page.get_by_text("Does it work now?")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("I bring you another one after lunch.")
    expect(page.locator(".timeline")).to_contain_text("The panel was loose.")
    fits(page)
    page.get_by_role("button", name="It works now").tap()
    expect(page.get_by_text(f"Good to hear. {ticket} is closed.")).to_be_visible()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee.email) == ("closed", TECHNICIAN)
    verbs = list(AuditEntry.objects.about(ticket).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["open", "reply", "resolve", "close"]


# --- mails -----------------------------------------------------------------------------------------------


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage) -> str:
    """Where the mail leads; not its answers without signing in, nor the page where one changes what one gets."""
    links = re.findall(r"http://\S+", text_of(mail))
    [link] = [link for link in links if "/l/" not in link and not link.endswith("/settings/notifications/")]
    return str(link)


def notice_of(town: Town, email: str, ticket: Ticket) -> EmailMessage:
    """The mail that told `email` of the new ticket."""
    [mail] = town.mail.wait_for(email, about=f"{ticket}: ")
    assert mail["Subject"] == f"{ticket}: {ticket.subject}"
    assert link_in(mail).endswith(f"/tickets/{ticket.number}/") and "10006" in text_of(mail)
    return mail


def in_one_thread(*mails: EmailMessage) -> None:
    """Each person's first mail begins a conversation, the others name those that came before."""
    ids: dict[str, list[str]] = {}
    for mail in mails:
        earlier = ids.setdefault(mail["To"], [])
        assert (mail["References"] or "").split() == earlier, mail["Subject"]
        earlier.append(mail["Message-ID"])
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)


# --- the script that pulls the inventory -------------------------------------------------------------------


def pull_devices(town: Town) -> None:
    """A read token of one school, made for somebody who sees them all: that school's devices and nothing else."""
    secret = token(ADMIN, "read")
    wanted = sorted(Device.objects.filter(school__code=SCHOOL).values_list("asset_tag", flat=True))
    assert len(wanted) == FLEET < Device.objects.count()
    pages, path = [], "/api/v1/devices/?limit=7"
    while path:
        status, answer = town.request("GET", path, token=secret)
        assert status == 200, answer
        pages.append(answer["results"])
        path = (answer["next"] or "").removeprefix(base(town))
    assert [len(page) for page in pages] == [7] * (FLEET // 7) + [FLEET % 7]
    paged = [row for page in pages for row in page]
    assert sorted(row["asset_tag"] for row in paged) == wanted
    assert {row["school"] for row in paged} == {SCHOOL}
    status, stream = town.request("GET", "/api/v1/devices/export/?format=ndjson", token=secret)
    assert status == 200
    assert [json.loads(line) for line in stream.splitlines()] == paged
    for method, path, body in (
        ("POST", "/api/v1/devices/10006/check-out/", {"person": teacher_of_the_roster().public_key}),
        ("POST", "/api/v1/tickets/", {"subject": "Not by me", "school": SCHOOL}),
    ):
        status, answer = town.request(method, path, token=secret, body=body)
        assert (status, answer["code"]) == (403, "read_only_token")
    elsewhere = Device.objects.exclude(school__code=SCHOOL)[0]
    assert town.request("GET", f"/api/v1/devices/{elsewhere.asset_tag}/", token=secret)[0] == 404


# --- what every step looks at ------------------------------------------------------------------------------


def base(town: Town) -> str:
    return f"http://127.0.0.1:{town.port}"


def fits(page: Page) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def has_no_place(page: Page, picture: Locator) -> None:
    """The file the server hands out is a picture and nothing besides."""
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
    answer = page.request.get(str(picture.get_attribute("src")))
    assert answer.ok and answer.headers["content-type"] == "image/jpeg"
    served = Image.open(BytesIO(answer.body()))
    assert not served.getexif() and "comment" not in served.info
    assert b"Exif" not in answer.body() and b"Elm Street" not in answer.body()


def everything_is_settled(town: Town) -> None:
    """Every notice was sent once or is still being collected into the next mail, every job is done, and no process
    complained."""
    sent = Delivery.objects.filter(state="sent")
    open_ones = Delivery.objects.exclude(state="sent")
    until = time.monotonic() + 45  # the last mail may be on its way
    while open_ones.exclude(state="waiting", available_at__gt=now()).exists() and time.monotonic() < until:
        time.sleep(0.25)
    left = open_ones.exclude(state="waiting", available_at__gt=now()).values("kind", "state", "last_error", "carrier")
    assert list(left) == []
    assert len(town.mail.ids()) == len(town.mail.messages) == sent.filter(carrier__isnull=True).count()
    assert not Job.objects.exclude(state="done").exists()
    for log in town.folder.glob("*.log"):
        assert "Traceback" not in log.read_text(), log.read_text()[-3000:]
