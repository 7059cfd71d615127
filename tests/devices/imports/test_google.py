"""Google's device lists: pages, bare lists, console and GAM CSV; what they become and what they may change."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from devices.actions import check_out, register_device
from devices.actions.facts import DeviceFacts
from devices.imports.makers import maker_and_model
from devices.models import Custody, Device, DeviceModel
from techdesk.audit.models import AuditEntry
from techdesk.directory.actions import service_person
from techdesk.directory.models import ExternalId
from tests.devices.imports.commands import device, import_devices, page
from tests.factories import CartFactory, DeviceFactory, SchoolFactory, person_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def school() -> Any:
    return SchoolFactory(code="LIN", name="Lincoln")


def _codes(summary: dict[str, Any]) -> list[str]:
    return [error["code"] for error in summary["errors"]]


def test_both_shared_pages_in_one_call_and_twice(shared_data: Path) -> None:
    folder = shared_data / "devices" / "google"
    if not folder.is_dir():
        pytest.skip("the shared device lists are not there")
    pages = [folder / "sample_list_page1.json", folder / "sample_list_page2.json"]
    code, summary = import_devices(*pages)
    assert (code, summary["created"], summary["errors"]) == (0, 40, [])
    code, summary = import_devices(*pages)
    assert (code, summary["unchanged"], summary["created"] + summary["updated"]) == (0, 40, 0)
    assert Device.objects.filter(status="retired").count() == 3
    located = Device.objects.get(asset_tag="10005")
    assert located.mdm_location == "Rm 104 / Cart 14 / slot 6"
    assert (located.home_room, located.home_cart, located.home_slot) == (None, None, None)
    assert not Custody.objects.exists()
    assert str(DeviceModel.objects.get(devices__asset_tag="10007")) == "Unknown model"


def test_a_device_with_all_its_facts(tmp_path: Path, school: Any) -> None:
    code, summary = import_devices(
        page(tmp_path / "p.json", device(annotatedLocation="Rm 1", annotatedUser="zoe@students.example"))
    )
    assert (code, summary["created"]) == (0, 1)
    found = Device.objects.get()
    assert (found.asset_tag, found.serial, found.tag_is_provisional) == ("T-SN1", "SN1", False)
    assert (found.school, str(found.model), found.category.slug) == (
        school,
        "Lenovo 300e Chromebook 2nd Gen",
        "chromebook",
    )
    assert (found.status, found.mdm_source, found.mdm_status) == ("in_stock", "google", "ACTIVE")
    assert (found.os_name, found.os_version, found.org_unit) == ("ChromeOS", "141.0.7390.115", "/Students")
    assert (found.mdm_location, found.mdm_user, found.last_user) == ("Rm 1", *["zoe@students.example"] * 2)
    assert found.last_seen_at == dt.datetime(2025, 10, 31, 14, tzinfo=dt.UTC)
    assert (found.auto_update_through, found.mac_address) == (dt.date(2031, 6, 1), "a0:b1:c2:00:00:01")
    assert "sn1" in found.search_text and "lenovo" in found.search_text
    assert ExternalId.objects.get(kind="device", source="google", value="id-SN1").target_id == found.pk
    entry = AuditEntry.objects.get(object_key="T-SN1")
    assert (entry.verb, entry.actor, entry.school) == ("register", service_person("imports"), school)


def test_pages_may_come_as_lists_one_after_the_other_and_with_more_of_google(tmp_path: Path) -> None:
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps([device("A")]))
    both = tmp_path / "both.json"
    both.write_text(
        json.dumps({"kind": "admin#directory#chromeosdevices", "etag": "x", "nextPageToken": "y"})
        + "\n"
        + json.dumps({"chromeosdevices": [device("B"), device("C")], "etag": {"deep": [1, {"x": None}]}})
    )
    code, summary = import_devices(bare, both)
    assert (code, summary["created"], summary["errors"]) == (0, 3, [])


CSV = {
    "camelCase": "deviceId,serialNumber,model,annotatedAssetId,orgUnitPath,lastSync,mostRecentUser,"
    "autoUpdateExpiration",
    "spaced": "Device ID,Serial Number,Model,Asset ID,Org Unit Path,Last Sync,Most Recent User,Auto Update Expiration",
    "upper case": "DEVICEID,SERIALNUMBER,MODEL,ASSET TAG,ORGANIZATIONAL UNIT,LAST SYNC,MOSTRECENTUSER,AUE",
    "GAM": "deviceId,serialNumber,model,annotatedAssetId,orgUnitPath,lastSync,recentUsers.0.email,autoUpdateExpiration",
}


@pytest.mark.parametrize("headings", CSV.values(), ids=CSV.keys())
def test_a_csv_is_known_by_its_headings_in_any_spelling(tmp_path: Path, headings: str) -> None:
    path = tmp_path / "chrome.csv"
    path.write_text(
        f"{headings}\nid1,SN1,Dell Chromebook 3110,10001,/S,2025-10-31 14:00:00,a@b.example,1843430400000\n"
    )
    code, summary = import_devices(path)
    assert (code, summary["created"], summary["errors"]) == (0, 1, [])
    found = Device.objects.get()
    assert (found.asset_tag, str(found.model), found.org_unit) == ("10001", "Dell Chromebook 3110", "/S")
    assert (found.last_user, found.auto_update_through) == ("a@b.example", dt.date(2028, 6, 1))
    assert found.last_seen_at == dt.datetime(2025, 10, 31, 14, tzinfo=dt.UTC)
    code, summary = import_devices(path)
    assert (code, summary["unchanged"]) == (0, 1)


def test_the_template_for_company_owned_devices(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Serial Number,Asset Tag\nSN1,10001\nSN2,\n")
    code, summary = import_devices(path)
    assert (code, summary["created"]) == (0, 2)
    assert Device.objects.get(serial="SN2").tag_is_provisional


def test_other_inventories_are_refused_unless_it_is_said_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "snipe.csv"
    path.write_text("Company,Asset Tag,Serial,Model\nLincoln,1,SN1,300e\n")
    code, summary = import_devices(path)
    assert (code, _codes(summary)) == (2, ["wrong_headings"])
    path.write_text("Serial Number,Model,Asset Tag\nSN1,HP Chromebook 11,1\n")
    assert import_devices(path)[0] == 2
    assert import_devices(path, source="google")[0] == 0


# --- ownership ------------------------------------------------------------------------------------------


def test_the_console_changes_its_own_facts_and_nothing_of_people(tmp_path: Path) -> None:
    import_devices(page(tmp_path / "1.json", device()))
    found = Device.objects.get()
    teacher = person_with("teacher", found.school)
    check_out(actor=teacher, device=found, person=teacher)
    later = device(
        status="DEPROVISIONED",
        annotatedAssetId="OTHER",
        model="Acer Chromebook 314",
        osVersion="142.0",
        annotatedLocation="Rm 9",
        notes="broken",
    )
    code, summary = import_devices(page(tmp_path / "2.json", later))
    assert (code, summary["updated"]) == (0, 1)
    found = Device.objects.get()
    assert (found.asset_tag, str(found.model), found.status) == ("T-SN1", "Lenovo 300e Chromebook 2nd Gen", "in_use")
    assert (found.mdm_status, found.os_version, found.mdm_location, found.notes) == (
        "DEPROVISIONED",
        "142.0",
        "Rm 9",
        "",
    )
    assert Custody.objects.open().count() == 1
    entry = AuditEntry.objects.filter(object_key="T-SN1", verb="change").get()
    assert set(entry.facts["changed"]) == {"mdm_status", "os_version", "mdm_location"}


def test_what_a_file_does_not_say_is_kept_and_last_seen_never_goes_back(tmp_path: Path) -> None:
    import_devices(page(tmp_path / "1.json", device(annotatedLocation="Rm 1")))
    basic = device(lastSync="2024-01-01T00:00:00Z", osVersion=None, recentUsers=None, autoUpdateThrough=None)
    code, summary = import_devices(page(tmp_path / "2.json", basic))
    assert (code, summary["unchanged"]) == (0, 1)
    found = Device.objects.get()
    assert (found.os_version, found.mdm_location, found.last_seen_at.year) == ("141.0.7390.115", "Rm 1", 2025)
    cleared = tmp_path / "3.csv"
    cleared.write_text("serialNumber,deviceId,annotatedLocation\nsn1,id-SN1,\n")
    code, summary = import_devices(cleared)
    assert (code, summary["updated"], Device.objects.get().mdm_location) == (0, 1, "")


def test_a_provisional_tag_and_an_unknown_model_are_filled_in(tmp_path: Path) -> None:
    import_devices(page(tmp_path / "1.json", device(annotatedAssetId=None, model=None)))
    found = Device.objects.get()
    assert (found.asset_tag, found.tag_is_provisional, str(found.model)) == ("SN1", True, "Unknown model")
    code, summary = import_devices(page(tmp_path / "2.json", device()))
    assert (code, summary["updated"]) == (0, 1)
    found = Device.objects.get()
    assert (found.asset_tag, found.tag_is_provisional) == ("T-SN1", False)
    assert (str(found.model), found.manufacturer.name) == ("Lenovo 300e Chromebook 2nd Gen", "Lenovo")


def test_a_device_written_down_by_its_tag_gets_its_serial(tmp_path: Path, school: Any) -> None:
    register_device(actor=person_with("technician", school), facts=DeviceFacts(school=school, asset_tag="T-SN1"))
    code, summary = import_devices(page(tmp_path / "1.json", device()))
    assert (code, summary["updated"], summary["created"]) == (0, 1, 0)
    found = Device.objects.get()
    assert (found.serial, found.manufacturer.name) == ("SN1", "Lenovo")
    cart = CartFactory(school=school, asset_tag="T-X")
    code, summary = import_devices(page(tmp_path / "2.json", device("X")))
    assert (code, _codes(summary)) == (1, ["duplicate_asset_tag"])
    cart.refresh_from_db()
    assert cart.serial == ""


def test_deprovisioned_devices_that_are_new_come_in_retired(tmp_path: Path) -> None:
    import_devices(page(tmp_path / "1.json", device(status="DEPROVISIONED"), device("SN2", status="DISABLED")))
    assert dict(Device.objects.values_list("serial", "status")) == {"SN1": "retired", "SN2": "in_stock"}


# --- what is refused ------------------------------------------------------------------------------------


def test_two_rows_claim_one_tag_or_one_serial_the_first_stands(tmp_path: Path) -> None:
    first = page(tmp_path / "1.json", device("A", annotatedAssetId="t1"), device("B", annotatedAssetId="T1"))
    second = page(tmp_path / "2.json", device("a", annotatedAssetId="T2"), device("C", annotatedAssetId=None))
    code, summary = import_devices(first, second)
    assert (code, summary["created"]) == (1, 2)
    assert [(e["file"], e["row"], e["code"]) for e in summary["errors"]] == [
        ("1.json", 2, "duplicate_asset_tag"),
        ("2.json", 1, "duplicate_serial"),
    ]
    assert "1.json:1" in summary["errors"][0]["message"]
    code, summary = import_devices(first, second)
    assert (code, summary["unchanged"], summary["refused"]) == (1, 2, 2)


def test_a_tag_or_serial_that_is_here_already(tmp_path: Path, school: Any) -> None:
    DeviceFactory(school=school, asset_tag="T-SN1", serial="OTHER")
    code, summary = import_devices(page(tmp_path / "1.json", device(), device("SN2", annotatedAssetId="sn1")))
    assert (code, _codes(summary)) == (1, ["duplicate_asset_tag"])
    DeviceFactory(school=school, asset_tag="X1", serial="TWIN", model__manufacturer__name="Dell", model__name="A")
    DeviceFactory(school=school, asset_tag="X2", serial="TWIN", model__manufacturer__name="HP", model__name="B")
    code, summary = import_devices(page(tmp_path / "2.json", device("TWIN")))
    assert (code, _codes(summary)) == (1, ["duplicate_serial"])
    code, summary = import_devices(page(tmp_path / "3.json", device("TWIN", model="HP B")))
    assert (code, summary["updated"]) == (0, 1)


ROWS = {
    "no serial": (device(serialNumber=None), "missing_serial"),
    "blank serial": (device(serialNumber="  "), "missing_serial"),
    "no object": ("SN1", "bad_row"),
    "bad date": (device(autoUpdateThrough="15/06/2023"), "bad_date"),
    "bad moment": (device(lastSync="yesterday"), "bad_date"),
    "huge number": (device(autoUpdateThrough=None, autoUpdateExpiration="9" * 30), "bad_date"),
    "long tag": (device(annotatedAssetId="x" * 61), "too_long"),
    "long serial without a tag": (device("s" * 61, annotatedAssetId=None), "too_long"),
}


@pytest.mark.parametrize(("bad", "code"), ROWS.values(), ids=ROWS.keys())
def test_a_bad_row_is_refused_and_the_other_comes_in(tmp_path: Path, bad: Any, code: str) -> None:
    exit_code, summary = import_devices(page(tmp_path / "p.json", bad, device("GOOD")))
    assert (exit_code, _codes(summary), summary["created"]) == (1, [code], 1)


FILES = {
    "half": (json.dumps({"chromeosdevices": [device(), device("B")]})[:-40], "bad_json"),
    "something else": (json.dumps({"users": []}), "wrong_format"),
    "a word": ('"chromeosdevices"', "wrong_headings"),
    "numbers": ("[1, 2", "bad_json"),
    "nested without end": ("[" * 100_000, "bad_json"),
    "a long number": ("[" + "9" * 5000 + "]", "bad_json"),
    "a NUL": ('[{"serialNumber": "a\x00b"}]' + " " * 5000, "binary_file"),
    "nothing": ("  \n", "empty_file"),
}


@pytest.mark.parametrize(("text", "code"), FILES.values(), ids=FILES.keys())
def test_unusable_files_change_nothing(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)
    good = page(tmp_path / "good.json", device("GOOD"))
    exit_code, summary = import_devices(good, path)
    assert (exit_code, _codes(summary)) == (2, [code])
    assert not Device.objects.exists()


def test_an_escaped_nul_is_only_white_space(tmp_path: Path) -> None:
    code, _summary = import_devices(page(tmp_path / "p.json", device(annotatedLocation="Rm\u0000 1")))
    assert (code, Device.objects.get().mdm_location) == (0, "Rm 1")


def test_an_unknown_school_changes_nothing(tmp_path: Path) -> None:
    code, summary = import_devices(page(tmp_path / "p.json", device()), school="NOPE")
    assert (code, _codes(summary)) == (2, ["unknown_school"])
    assert not Device.objects.exists()
    assert import_devices(page(tmp_path / "p.json", device()), school="lin")[0] == 0


def test_a_dry_run_compares_only(tmp_path: Path) -> None:
    code, summary = import_devices(page(tmp_path / "p.json", device()), dry_run=True)
    assert (code, summary["created"], Device.objects.count()) == (0, 1, 0)


# --- the rest -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "maker", "model"),
    [
        ("Lenovo 300e Chromebook 2nd Gen", "Lenovo", "300e Chromebook 2nd Gen"),
        ("  hp   Chromebook 11 G7 EE ", "HP", "Chromebook 11 G7 EE"),
        ("ASUS Chromebook C202SA", "ASUS", "Chromebook C202SA"),
        ("Newmaker Chromebook 9", "Newmaker", "Chromebook 9"),
        ("Chromebook 14", "Unknown", "Chromebook 14"),
        ("Dell", "Dell", "Unknown Chromebook"),
        ("Dellwood Chromebook", "Dellwood", "Chromebook"),
        ("", "Unknown", "Unknown Chromebook"),
    ],
)
def test_maker_and_model(text: str, maker: str, model: str) -> None:
    assert maker_and_model(text) == (maker, model)


CREATE, CHANGE, SAME = 71, 67, 44


def test_queries_grow_with_batches_not_with_devices(tmp_path: Path, django_assert_num_queries: Any) -> None:
    import_devices(page(tmp_path / "0.json", device("Z")))
    for create in ([device("A")], [device(f"B{i}") for i in range(50)]):
        with django_assert_num_queries(CREATE):
            import_devices(page(tmp_path / "1.json", *create))
    for change in ([device("A", osVersion="150")], [device(f"B{i}", osVersion="150") for i in range(50)]):
        with django_assert_num_queries(CHANGE):
            import_devices(page(tmp_path / "2.json", *change))
        with django_assert_num_queries(SAME):
            import_devices(page(tmp_path / "2.json", *change))


def test_many_provisional_tags_are_replaced_without_a_query_each(
    tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    import_devices(page(tmp_path / "1.json", *(device(f"B{i}", annotatedAssetId=None) for i in range(50))))
    with django_assert_max_num_queries(CHANGE + 4):
        code, summary = import_devices(page(tmp_path / "2.json", *(device(f"B{i}") for i in range(50))))
    assert (code, summary["updated"]) == (0, 50)
