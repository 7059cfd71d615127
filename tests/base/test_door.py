"""The door itself: where a stranger is sent, what a signed-in person gets, and what when all are at one row."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from devices.models import Device
from tests.factories import DeviceFactory, PersonFactory, SchoolFactory, person_with


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in_and_back_to_the_page() -> None:
    answer = Client().get("/devices/?q=x")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=%2Fdevices%2F%3Fq%3Dx"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referer", "expected"),
    [
        ("http://testserver/devices/C-1/?a=1", "%2Fdevices%2FC-1%2F%3Fa%3D1"),
        ("https://elsewhere.example/devices/", "%2F"),
        ("", "%2F"),
    ],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_the_page_it_stood_on(referer: str, expected: str) -> None:
    answer = Client().post("/notices/read/", headers={"Referer": referer})
    assert answer["Location"] == f"/accounts/login/?next={expected}"


@pytest.mark.django_db
def test_a_fragment_for_a_stranger_is_refused_and_the_page_told_to_go_and_sign_in() -> None:
    answer = Client().get("/devices/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/"


@pytest.mark.django_db
def test_unseen_is_404_and_seen_but_not_permitted_is_403(signed_in: Any) -> None:
    school = SchoolFactory()
    device = DeviceFactory(school=school)
    auditor, stranger = person_with("auditor", school), PersonFactory()
    assert signed_in(auditor).get(device.get_absolute_url()).status_code == 200
    assert signed_in(auditor).get(f"{device.get_absolute_url()}check-out/").status_code == 403
    assert signed_in(person_with("technician", SchoolFactory())).get(device.get_absolute_url()).status_code == 404
    assert signed_in(stranger).get(device.get_absolute_url()).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_too_long_is_a_clear_answer(signed_in: Any) -> None:
    school = SchoolFactory()
    device = DeviceFactory(school=school)
    client = signed_in(person_with("technician", school))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Device.objects.select_for_update().get(pk=device.pk)
            held.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(10)
    try:
        answer = client.post(f"{device.get_absolute_url()}retire/", {"reason": "Worn out", "version": device.version})
    finally:
        done.set()
        other.join()
    assert answer.status_code == 503
    assert answer["X-Problem-Code"] == "try_again"
    device.refresh_from_db()
    assert device.status == "in_stock"
