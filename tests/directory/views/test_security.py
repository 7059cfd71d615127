"""Second factors demanded by role, the list of sessions, and the emergency account, through the pages people use."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, NotPossible, Stale
from techdesk.directory import actions
from techdesk.directory.actions.emergency import ADDRESS
from techdesk.directory.models import District, EmergencyAccess, Person, SettingValue
from techdesk.directory.queries.settings import value_of
from techdesk.directory.sessions import forget_ended_sessions
from techdesk.directory.tasks import end_expired_emergency_task
from techdesk.notifications.models import Notification
from tests.factories import grant, person_with

PASSWORD = "correct horse battery"  # what the factories give


@pytest.fixture
def admin(db: Any) -> Any:
    return person_with("district_admin", email="admin@district.example")


@pytest.fixture
def technician(school: Any) -> Any:
    return person_with("technician", school, email="tech@district.example")


def browser(person: Any, agent: str = "Mozilla/5.0 (X11; CrOS x86_64) Chrome/126.0 Safari/537.36") -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def code_of(secret: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def set_up_second_factor(django_capture_on_commit_callbacks: Any) -> Any:
    """set_up_second_factor(client): as its person does it on the page."""

    def set_up(client: Client) -> None:
        address = reverse("mfa_activate_totp")
        asked = client.get(address)
        if asked.status_code == 302:
            client.post(asked["Location"], {"password": PASSWORD})
        secret = client.get(address).context["form"].secret
        with django_capture_on_commit_callbacks(execute=True):  # allauth tells of it after the commit
            assert client.post(address, {"code": code_of(secret)}).status_code == 302

    return set_up


def demand(admin: Any, *roles: str) -> None:
    actions.require_second_factor(actor=admin, roles=roles)


# --- the second factor ----------------------------------------------------------------------------------


def test_nobody_needs_one_until_somebody_says_so(technician: Any) -> None:
    assert browser(technician).get("/tickets/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_who_needs_one_can_do_nothing_but_set_it_up(admin: Any, technician: Any, set_up_second_factor: Any) -> None:
    demand(admin, "technician")
    client = browser(technician)
    for address in ("/", "/tickets/", "/settings/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_activate_totp"))
    refused = client.get("/api/v1/devices/")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")

    set_up_second_factor(client)

    assert client.get("/tickets/").status_code == 200
    assert AuditEntry.objects.about(technician).last().verb == "add_second_factor"


@pytest.mark.django_db(transaction=True)
def test_the_wall_comes_back_when_it_is_switched_off(admin: Any, technician: Any, set_up_second_factor: Any) -> None:
    demand(admin, "technician")
    client = browser(technician)
    set_up_second_factor(client)
    off = reverse("mfa_deactivate_totp")
    asked = client.get(off)
    if asked.status_code == 302:
        client.post(asked["Location"], {"password": PASSWORD})
    assert client.post(off).status_code == 302
    assert client.get("/tickets/")["Location"] == reverse("mfa_activate_totp")
    assert AuditEntry.objects.about(technician).filter(verb="remove_second_factor").exists()


def test_the_wall_falls_in_the_other_browser_too(
    admin: Any, technician: Any, django_capture_on_commit_callbacks: Any
) -> None:
    demand(admin, "technician")
    phone = browser(technician)
    assert phone.get("/tickets/").status_code == 302
    demand(admin)
    assert phone.get("/tickets/").status_code == 200


def test_demanding_it_signs_out_who_has_none_and_nobody_else(admin: Any, technician: Any, school: Any) -> None:
    teacher = person_with("teacher", school)
    theirs, other, own = browser(technician), browser(teacher), browser(admin)
    answer = own.post(
        reverse("directory:security"),
        {"roles": ["technician", "district_admin"], "version": ""},
    )
    assert answer.status_code == 302
    assert theirs.get("/settings/")["Location"].startswith("/accounts/login/")
    assert other.get("/settings/").status_code == 200
    # Who said it is not thrown out, but sets it up next.
    assert own.get("/")["Location"] == reverse("mfa_activate_totp")


def test_a_role_given_later_asks_for_it_at_once(admin: Any, school: Any) -> None:
    demand(admin, "technician")
    teacher = person_with("teacher", school)
    client = browser(teacher)
    actions.grant_role(actor=admin, person=Person.objects.get(pk=teacher.pk), role="technician", school=school)
    assert client.get("/settings/")["Location"].startswith("/accounts/login/")


def test_a_token_of_a_script_is_not_asked(admin: Any, technician: Any) -> None:
    demand(admin, "technician")
    _token, secret = actions.create_token(actor=admin, owner=technician, name="sync", scope="read")
    assert Client().get("/api/v1/devices/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 200


def test_only_known_roles_and_fresh_pages(admin: Any, signed_in: Any) -> None:
    with pytest.raises(BadInput):
        demand(admin, "student")
    demand(admin, "technician")
    with pytest.raises(Stale):
        actions.require_second_factor(actor=admin, roles=[], version=District.objects.get().version - 1)
    before = District.objects.get().version
    demand(admin, "technician")
    assert District.objects.get().version == before
    assert AuditEntry.objects.about(District.objects.get()).count() == 1
    page = signed_in(admin).post(reverse("directory:security"), {"roles": ["technician"], "version": before - 1})
    assert page.status_code == 409


def test_the_page_is_for_district_administrators(technician: Any, admin: Any, signed_in: Any) -> None:
    assert signed_in(technician).get(reverse("directory:security")).status_code == 403
    demand(admin, "technician")
    page = signed_in(admin).get(reverse("directory:security")).content.decode()
    assert technician.name in page


def test_a_lost_phone(admin: Any, technician: Any, signed_in: Any, set_up_second_factor: Any) -> None:
    client = browser(technician)
    set_up_second_factor(client)
    desk = signed_in(admin)
    address = reverse("directory:person-second-factor", args=[technician.key])
    assert "Take off" in desk.get(f"/people/{technician.key}/").content.decode()
    assert technician.name in desk.get(address).content.decode()

    assert desk.post(address).status_code == 302

    assert not Authenticator.objects.filter(user=technician).exists()
    assert client.get("/settings/").status_code == 302
    assert Notification.objects.filter(recipient=technician, kind="directory.second_factor_reset").count() == 1
    assert AuditEntry.objects.about(technician).last().verb == "reset_second_factor"
    assert browser(technician).get("/settings/").status_code == 200
    with pytest.raises(NotPossible) as refusal:
        actions.reset_second_factor(actor=admin, person=technician)
    assert refusal.value.code == "no_second_factor"
    with pytest.raises(NotPossible) as refusal:
        actions.reset_second_factor(actor=technician, person=technician)
    assert refusal.value.code == "yourself"
    assert signed_in(technician).post(address).status_code == 403


# --- sessions -------------------------------------------------------------------------------------------


def test_the_list_names_each_browser_and_ends_one(technician: Any) -> None:
    here = browser(technician)
    there = browser(technician, "Mozilla/5.0 (Windows NT 10.0) Firefox/127.0")
    page = here.get(reverse("directory:sessions")).content.decode()
    assert "Chrome on a Chromebook" in page and "Firefox on Windows" in page

    row = UserSession.objects.get(user_agent__contains="Firefox")
    assert here.post(reverse("directory:sessions-end"), {"session": row.pk}).status_code == 302

    assert there.get("/settings/").status_code == 302
    assert here.get("/settings/").status_code == 200
    assert "Firefox" not in here.get(reverse("directory:sessions")).content.decode()
    assert AuditEntry.objects.about(technician).last().facts == {"sessions": 1}
    # Twice: nothing is left to end.
    here.post(reverse("directory:sessions-end"), {"session": row.pk})
    assert AuditEntry.objects.about(technician).filter(verb="end_sessions").count() == 1


def test_all_others_at_once(technician: Any) -> None:
    here, second, third = browser(technician), browser(technician), browser(technician)
    here.post(reverse("directory:sessions-end"))
    assert [client.get("/settings/").status_code for client in (here, second, third)] == [200, 302, 302]


def test_a_foreign_session_is_not_ended(technician: Any, school: Any) -> None:
    other = person_with("teacher", school)
    here, theirs = browser(technician), browser(other)
    for chosen in (UserSession.objects.get(user=other).pk, "999999999999999999999", "x", "-1"):
        assert here.post(reverse("directory:sessions-end"), {"session": chosen}).status_code == 302
    assert theirs.get("/settings/").status_code == 200
    assert here.get("/settings/").status_code == 200


def test_an_administrator_signs_somebody_out_everywhere(admin: Any, technician: Any, signed_in: Any) -> None:
    theirs = browser(technician)
    address = reverse("directory:person-sign-out", args=[technician.key])
    assert signed_in(technician).post(address).status_code == 403
    assert signed_in(admin).post(address).status_code == 302
    assert theirs.get("/settings/").status_code == 302


def test_a_session_that_is_over_leaves_the_list(technician: Any) -> None:
    client = browser(technician)
    assert UserSession.objects.count() == 1
    client.post("/accounts/logout/")
    forget_ended_sessions()
    assert UserSession.objects.count() == 0


# --- the emergency account ------------------------------------------------------------------------------


def opened(capsys: Any, **options: Any) -> dict[str, Any]:
    call_command("break_glass", reason="The phone of our only administrator is lost", json=True, **options)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def emergency_browser(password: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": ADDRESS, "password": password})
    return client


def test_the_emergency_account_gets_in_without_a_second_step(admin: Any, technician: Any, capsys: Any) -> None:
    demand(admin, "district_admin")
    answer = opened(capsys)
    client = emergency_browser(answer["password"])
    assert client.get(reverse("directory:security")).status_code == 200
    assert EmergencyAccess.objects.get().used_at is not None
    told = Notification.objects.filter(kind="directory.emergency_access")
    assert {(n.recipient_id, "phone of our only" in n.body) for n in told} == {(admin.pk, True)}
    assert told.count() == 2  # the opening and the sign-in
    emergency = Person.objects.get(email=ADDRESS)
    assert [e.verb for e in AuditEntry.objects.about(emergency)][-1] == "emergency_sign_in"


def test_it_ends_by_itself(admin: Any, capsys: Any) -> None:
    answer = opened(capsys, hours=2)
    client = emergency_browser(answer["password"])
    end_expired_emergency_task()
    assert client.get("/settings/").status_code == 200
    with time_machine.travel(EmergencyAccess.objects.get().expires_at, tick=False):
        end_expired_emergency_task()
        end_expired_emergency_task()
    assert client.get("/settings/").status_code == 302
    emergency = Person.objects.get(email=ADDRESS)
    assert not emergency.is_active and not emergency.access.roles
    assert emergency_browser(answer["password"]).get("/settings/").status_code == 302


def test_it_ends_even_where_no_worker_is_there_to_end_it(admin: Any, capsys: Any) -> None:
    password = opened(capsys, hours=1)["password"]
    with time_machine.travel(EmergencyAccess.objects.get().expires_at, tick=False):
        assert emergency_browser(password).get("/settings/").status_code == 302
    client = emergency_browser(password)
    assert client.get("/settings/").status_code == 200
    with time_machine.travel(EmergencyAccess.objects.get().expires_at, tick=False):
        assert client.get("/settings/").status_code == 302


def test_a_token_of_one_emergency_is_no_key_to_the_next(admin: Any, capsys: Any) -> None:
    opened(capsys)
    emergency = Person.objects.get(email=ADDRESS)
    token, secret = actions.create_token(actor=emergency, owner=emergency, name="kept", scope="write")
    call_command("break_glass", end=True, json=True)
    capsys.readouterr()
    opened(capsys)
    assert Client().get("/api/v1/devices/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401


def test_opening_it_again_replaces_the_password(admin: Any, capsys: Any) -> None:
    first, second = opened(capsys), opened(capsys)
    assert emergency_browser(first["password"]).get("/settings/").status_code == 302
    assert emergency_browser(second["password"]).get("/settings/").status_code == 200
    assert EmergencyAccess.objects.filter(ended_at__isnull=True).count() == 1
    call_command("break_glass", end=True, json=True)
    assert json.loads(capsys.readouterr().out)["ended"] is True
    call_command("break_glass", end=True, json=True)
    assert json.loads(capsys.readouterr().out)["unchanged"] == 1
    third = opened(capsys)
    assert emergency_browser(third["password"]).get("/settings/").status_code == 200


def test_a_dry_run_opens_nothing_and_bad_input_is_refused(admin: Any, capsys: Any) -> None:
    assert opened(capsys, dry_run=True)["password"] is None
    assert not EmergencyAccess.objects.exists()
    for options in ({"hours": 0}, {"hours": 100}):
        with pytest.raises(SystemExit) as end:
            opened(capsys, **options)
        assert end.value.code == 2
    with pytest.raises(BadInput):
        actions.open_emergency_access(actor=admin, reason="  ")


# --- settings -------------------------------------------------------------------------------------------


def test_a_value_that_a_declaration_no_longer_takes_breaks_nothing(db: Any) -> None:
    SettingValue.objects.create(school=None, name="second_factor_roles", value=["wizard"])
    assert value_of(None, "second_factor_roles") == []


def test_a_district_setting_is_not_set_at_a_school(admin: Any, school: Any) -> None:
    with pytest.raises(BadInput):
        actions.set_settings(actor=admin, school=school, values={"second_factor_roles": []})
    with pytest.raises(BadInput):
        actions.set_settings(actor=admin, school=None, values={"nothing": 1})
    grant(admin, "teacher", school)
