"""Settings of a school and of the district, and the four questions."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from techdesk.audit.models import AuditEntry
from techdesk.directory import actions
from techdesk.directory.models import District, School, SettingValue
from techdesk.directory.queries.settings import is_on, value_of, values_of
from techdesk.directory.switches import Answers, Kind, Level, Setting, all_settings, declare_settings, preset
from tests.factories import DeviceFactory, SchoolFactory, person_with

PAGE = "/settings/school/"
SETUP = "/settings/school/setup/"


@pytest.fixture
def admin(db: Any) -> Any:
    return person_with("district_admin")


@pytest.fixture
def principal(school: Any) -> Any:
    return person_with("school_admin", school)


def test_the_school_speaks_before_the_district_and_the_district_before_the_default(admin: Any, school: Any) -> None:
    assert is_on(school, "feature_carts")
    actions.set_settings(actor=admin, school=None, values={"feature_carts": False})
    assert not is_on(school, "feature_carts")
    actions.set_settings(actor=admin, school=school, values={"feature_carts": True})
    assert is_on(school, "feature_carts") and not is_on(None, "feature_carts")
    actions.set_settings(actor=admin, school=school, values={"feature_carts": None})
    assert not is_on(school, "feature_carts")


def test_it_takes_one_question_to_the_database_however_many_settings(
    school: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        values_of(school)


def test_a_page_sets_and_takes_back(principal: Any, school: Any, signed_in: Any) -> None:
    client = signed_in(principal)
    page = client.get(PAGE).content.decode()
    assert "As the district: Yes" in page
    version = School.objects.get(pk=school.pk).version
    answer = client.post(
        f"{PAGE}?at={school.code}",
        {
            "feature_carts": "no",
            "quiet_from": "19:00",
            "ask_note__en": "In the building on Tuesdays",
            "version": version,
        },
    )
    assert answer.status_code == 302
    assert value_of(school, "feature_carts") is False
    assert value_of(school, "quiet_from") == "19:00"
    assert value_of(school, "ask_note") == {"en": "In the building on Tuesdays"}
    entry = AuditEntry.objects.about(School.objects.get(pk=school.pk)).last()
    assert entry.verb == "change_settings" and entry.facts["settings"]["feature_carts"] is False
    # The same once more changes nothing; an empty form follows the district again.
    before = School.objects.get(pk=school.pk).version
    client.post(
        f"{PAGE}?at={school.code}",
        {
            "feature_carts": "no",
            "quiet_from": "19:00",
            "ask_note__en": "In the building on Tuesdays",
            "version": before,
        },
    )
    assert School.objects.get(pk=school.pk).version == before
    client.post(f"{PAGE}?at={school.code}", {"version": before})
    assert not SettingValue.objects.filter(school=school).exists()


def test_a_page_that_is_old_overwrites_nothing(principal: Any, school: Any, signed_in: Any) -> None:
    client = signed_in(principal)
    version = School.objects.get(pk=school.pk).version
    actions.set_settings(actor=principal, school=school, values={"feature_carts": False})
    answer = client.post(f"{PAGE}?at={school.code}", {"feature_carts": "yes", "version": version})
    assert answer.status_code == 409
    assert value_of(school, "feature_carts") is False


def test_who_may_where(principal: Any, admin: Any, school: Any, signed_in: Any) -> None:
    foreign_school = SchoolFactory()
    assert signed_in(person_with("teacher", school)).get(PAGE).status_code == 403
    client = signed_in(principal)
    assert client.get(f"{PAGE}?at={foreign_school.code}").status_code == 404
    assert client.post(f"{PAGE}?at={foreign_school.code}", {"feature_carts": "no"}).status_code == 404
    assert client.get(f"{PAGE}?at=district").status_code == 404
    assert "The whole district" in signed_in(admin).get(PAGE).content.decode()


def test_bad_times_keep_what_was_typed(principal: Any, school: Any, signed_in: Any) -> None:
    answer = signed_in(principal).post(f"{PAGE}?at={school.code}", {"quiet_from": "25:99", "ask_note__en": "Kept"})
    assert answer.status_code == 200
    assert "Kept" in answer.content.decode()
    assert not SettingValue.objects.exists()


def test_four_questions_set_what_people_see(principal: Any, school: Any, signed_in: Any) -> None:
    client = signed_in(principal)
    assert client.get(SETUP).status_code == 200
    answer = client.post(
        f"{SETUP}?at={school.code}",
        {"technicians": 1, "devices": "one_to_one", "library": "no", "state": "OH", "version": ""},
    )
    assert answer.status_code == 302
    found = values_of(school)
    assert (found["technicians"], found["device_model"], found["has_library"], found["state"]) == (
        1,
        "one_to_one",
        False,
        "OH",
    )
    assert found["feature_carts"] is False


def test_every_preset_gives_values_that_can_be_kept() -> None:
    for devices in ("one_to_one", "carts", "both"):
        for technicians in (0, 1, 9):
            values = preset(Answers(technicians=technicians, devices=devices, library=False, state="TX"))
            assert values["feature_carts"] is (devices != "one_to_one")


def test_without_carts_nobody_is_asked_for_one(principal: Any, school: Any, signed_in: Any) -> None:
    device = DeviceFactory(school=school)
    client = signed_in(person_with("technician", school))
    address = reverse("devices:check-out", args=[device.asset_tag])
    assert "?to=cart" in client.get(address).content.decode()
    assert "home_cart" in client.get(reverse("devices:change", args=[device.asset_tag])).content.decode()
    actions.set_settings(actor=principal, school=school, values={"feature_carts": False})
    assert "?to=cart" not in client.get(address).content.decode()
    assert "home_cart" not in client.get(reverse("devices:change", args=[device.asset_tag])).content.decode()


def test_students_ask_only_where_they_may(principal: Any, school: Any, signed_in: Any) -> None:
    student, teacher = person_with("student", school), person_with("teacher", school)
    assert "What do you need?" in signed_in(student).get("/tickets/new/").content.decode()
    actions.set_settings(
        actor=principal,
        school=school,
        values={"feature_student_requests": False, "ask_note": {"en": "Wi-Fi is down in the gym.", "es": "Sin Wi-Fi."}},
    )
    assert "Wi-Fi is down in the gym." not in signed_in(student).get("/tickets/new/").content.decode()
    assert "Wi-Fi is down in the gym." in signed_in(teacher).get("/tickets/new/").content.decode()
    spaniard = person_with("teacher", school, language="es")
    assert "Sin Wi-Fi." in signed_in(spaniard).get("/tickets/new/", headers={"Accept-Language": "es"}).content.decode()


def test_declarations_are_sound() -> None:
    names = {one.name for one in all_settings()}
    assert {"feature_carts", "second_factor_roles", "quiet_from"} <= names
    for one in all_settings(Level.SCHOOL):
        assert one.check(one.default) == one.default
    known = all_settings()[0]
    declare_settings(known)  # the same one again
    with pytest.raises(ValueError):
        declare_settings(Setting(known.name, "about", "", "", Kind.YES_NO, True))
    for kind, bad in ((Kind.YES_NO, 1), (Kind.NUMBER, True), (Kind.TIME, "x"), (Kind.TEXTS, {"en": 1})):
        with pytest.raises(ValueError):
            Setting("x", "about", "", "", kind, None).check(bad)


def test_the_district_gets_its_row_when_somebody_sets_something(admin: Any) -> None:
    assert not District.objects.exists()
    actions.set_settings(actor=admin, school=None, values={"quiet_weekends": False})
    actions.set_settings(actor=admin, school=None, values={"quiet_weekends": True})
    assert District.objects.get().version == 3
