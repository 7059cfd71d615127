"""Google's lists of Chrome devices: answers of chromeosdevices.list (Admin SDK Directory API, revision 20261104), the
CSV of the Admin console, and the CSV of GAM. One call may bring several pages and files.

The console's headings are only partly documented (support.google.com/chrome/a/answer/1698333: deviceId, serialNumber,
model …), so a column is found by its API name or by the same words in plain English, in any case.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from devices.imports.makers import maker_and_model
from techdesk.base.errors import BadInput
from techdesk.jobs.hooks import (
    CsvTable,
    Delivery,
    Note,
    RowProblem,
    SourceFile,
    TextFile,
    bad_date,
    find_columns,
    list_elements,
    look_through,
    open_table,
    pick,
    plain,
    refuse,
    tidy,
    whole_row,
    words,
)
from techdesk.jobs.models import ImportRow

PART = "devices"
SOURCE = "google"
KIND = "admin#directory#chromeosdevices"

#: Our word -> headings, the API's own name first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "deviceId": ("deviceId",),
    "serialNumber": ("serialNumber",),
    "annotatedAssetId": ("annotatedAssetId", "Asset ID", "Asset tag"),
    "model": ("model", "Device model", "Model name"),
    "status": ("status", "Device status"),
    "orgUnitPath": ("orgUnitPath", "Organizational unit path", "Organizational unit", "Org unit"),
    "annotatedLocation": ("annotatedLocation", "Location"),
    "annotatedUser": ("annotatedUser", "User"),
    "lastSync": ("lastSync", "Last sync time", "Last policy sync", "Last policy sync time"),
    "osVersion": ("osVersion", "ChromeOS version", "Chrome OS version"),
    "chromeOsType": ("chromeOsType", "OS type"),
    "autoUpdateThrough": ("autoUpdateThrough",),
    "autoUpdateExpiration": ("autoUpdateExpiration", "Auto update expiration date", "AUE"),
    "macAddress": ("macAddress", "Wi-Fi MAC address", "Wireless MAC address"),
    "recentUser": ("mostRecentUser", "recentUsers.0.email", "recentUsers.email", "recentUsers"),
}
#: A CSV is Google's when it has one of these beside the serial.
TELLING = frozenset(
    {
        "deviceId",
        "orgUnitPath",
        "annotatedLocation",
        "annotatedUser",
        "lastSync",
        "autoUpdateThrough",
        "autoUpdateExpiration",
        "recentUser",
    }
)
#: The template for company-owned devices has these two and nothing else.
_TEMPLATE = {"serialNumber", "annotatedAssetId"}

_MAC = re.compile(r"[0-9a-f]{12}")
_MONTHS = ("%b %Y", "%B %Y", "%Y-%m")
_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%b %d, %Y", "%B %d, %Y", "%b %d, %Y, %I:%M %p")
_NEVER = frozenset({"never", "none", "n/a", "-"})

Raw = Mapping[str, str]


def open_google(files: Sequence[SourceFile], options: Mapping[str, Any]) -> GoogleDelivery:
    """Open the files and look through them to their end.

    options: format ("google": what a CSV is, instead of recognizing it by its headings).

    Raises BadInput: wrong_headings, wrong_format, bad_json, bad_csv and what the readers of text raise.
    """
    is_known = options.get("format") == SOURCE
    return GoogleDelivery([look_through(file) for file in files], is_known=is_known)


class GoogleDelivery(Delivery):
    """The devices of all files, one after the other. A list is never complete: what is missing in it stays."""

    source = SOURCE
    keys: Mapping[str, Any] = {}

    def __init__(self, texts: Sequence[TextFile], *, is_known: bool = False) -> None:
        self.title = ", ".join(text.name for text in texts)
        self.inputs: list[TextFile | CsvTable] = [_opened(text) for text in texts]
        self.places = {id(one): _columns(one, is_known) for one in self.inputs if isinstance(one, CsvTable)}
        self.notes = [_windows_text(text) for text in texts if text.guessed]
        self.total = sum(1 for one in self.inputs for _row in self._raw(one))

    def rows(self, part: str) -> Iterator[ImportRow]:
        for one in self.inputs:
            for number, raw in self._raw(one):
                row = ImportRow(part=part, file=one.name, number=number)
                try:
                    if isinstance(raw, RowProblem):
                        raise raw
                    if raw is None:
                        raise RowProblem("bad_row", _("This is no device. Export the list again."))
                    row.key = raw.get("serialNumber", "")[:200]
                    row.data = device_facts(raw)
                except RowProblem as problem:
                    refuse(row, problem.code, problem.message)
                yield row

    def _raw(self, one: TextFile | CsvTable) -> Iterator[tuple[int, Raw | RowProblem | None]]:
        """Line of the file, or place in the list of a JSON file, and the texts of each device by the API's names."""
        if isinstance(one, CsvTable):
            for line, cells in one.rows():
                try:
                    whole_row(one, cells)
                except RowProblem as problem:
                    yield line, problem
                else:
                    yield line, pick(cells, self.places[id(one)])
            return
        for place, element in enumerate(list_elements(one, member="chromeosdevices", kind=KIND), start=1):
            yield place, _texts(element)


def _opened(text: TextFile) -> TextFile | CsvTable:
    with text.open() as stream:
        start = stream.read(4096).lstrip()
    return text if start[:1] in ("{", "[") else open_table(text)


def _columns(table: CsvTable, is_known: bool) -> dict[str, int]:
    found = find_columns(table, COLUMNS)
    is_template = set(found) == _TEMPLATE and len(table.headings) == len(_TEMPLATE)
    if "serialNumber" not in found or not (is_known or is_template or TELLING & set(found)):
        message = _(
            "%(file)s is no list of Chrome devices. It needs the headings of the Google Admin console:"
            " serialNumber, and deviceId, orgUnitPath, annotatedUser or lastSync."
        )
        raise BadInput(message % {"file": table.name}, code="wrong_headings")
    return found


def _windows_text(text: TextFile) -> Note:
    message = _("%(file)s is not UTF-8. It was read as Windows text: look whether accents came out right.")
    return Note("windows_text", message % {"file": text.name})


def _texts(element: Any) -> Raw | None:
    """The known members of a device in JSON, as texts; None for what is no object."""
    if not isinstance(element, dict):
        return None
    found = {}
    for name in COLUMNS:
        value = element.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            found[name] = tidy(str(value))
    users = element.get("recentUsers")
    if isinstance(users, list):  # newest first
        emails = (user.get("email") for user in users if isinstance(user, dict))
        found["recentUser"] = next((tidy(email) for email in emails if isinstance(email, str) and email), "")
    return found


def device_facts(raw: Raw) -> dict[str, Any]:
    """What one device says about itself. A fact that the source does not have is not in the answer.

    Raises RowProblem: missing_serial, too_long, bad_date.
    """
    if not raw.get("serialNumber"):
        message = _("It has no serial number. Look it up in the console, then export again.")
        raise RowProblem("missing_serial", message)
    maker, model = maker_and_model(words(raw, "model", 150))
    facts: dict[str, Any] = {
        "serial": words(raw, "serialNumber", 100),
        "asset_tag": words(raw, "annotatedAssetId", 60),
        "manufacturer": maker[:100],
        "model": model,
        "mdm_source": SOURCE,
        "listed": True,
    }
    if not facts["asset_tag"] and len(facts["serial"]) > 60:
        message = _("The serial number is too long to stand in for the missing asset tag. Give the device a tag.")
        raise RowProblem("too_long", message)
    for name, heading, longest in (
        ("mdm_status", "status", 40),
        ("org_unit", "orgUnitPath", 300),
        ("mdm_location", "annotatedLocation", 200),
        ("mdm_user", "annotatedUser", 254),
        ("last_user", "recentUser", 254),
        ("os_version", "osVersion", 60),
        ("device_id", "deviceId", 200),
    ):
        if heading in raw:
            facts[name] = words(raw, heading, longest)
    if "mdm_status" in facts:
        facts["mdm_status"] = facts["mdm_status"].upper()
    if not facts.get("device_id"):
        facts.pop("device_id", None)
    if raw.get("chromeOsType"):
        facts["os_name"] = "ChromeOS Flex" if "flex" in raw["chromeOsType"].lower() else "ChromeOS"
    if mac := _mac(raw.get("macAddress", "")):
        facts["mac_address"] = mac
    if (seen := _moment(raw, "lastSync")) is not None:
        facts["last_seen_at"] = plain(seen)
    if (through := _update_end(raw)) is not None:
        facts["auto_update_through"] = plain(through)
    return facts


def _mac(value: str) -> str:
    """ "a0b1c2000001" and "A0-B1-C2-00-00-01" as "a0:b1:c2:00:00:01"; "" for anything else."""
    digits = re.sub(r"[^0-9a-f]", "", value.lower())
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2)) if _MAC.fullmatch(digits) else ""


def _moment(raw: Raw, name: str) -> dt.datetime | None:
    """A moment in any of the ways Google's tools write one; without a zone it is UTC. Raises RowProblem bad_date."""
    value = raw.get(name, "")
    if not value or value.lower() in _NEVER:
        return None
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        found = _by_pattern(value, _MOMENTS, name)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _by_pattern(value: str, patterns: Sequence[str], name: str) -> dt.datetime:
    for pattern in patterns:
        try:
            return dt.datetime.strptime(value, pattern)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            continue
    raise RowProblem("bad_date", bad_date(name, value))


def _update_end(raw: Raw) -> dt.date | None:
    """autoUpdateThrough; where it is missing autoUpdateExpiration, which is milliseconds since 1970 or a date."""
    value = raw.get("autoUpdateThrough", "")
    if value and value.lower() not in _NEVER:
        return _date(value, "autoUpdateThrough")
    value = raw.get("autoUpdateExpiration", "")
    if not value or value.lower() in _NEVER or value == "0":
        return None
    if value.lstrip("-").isdecimal():
        try:
            return dt.datetime.fromtimestamp(int(value) / 1000, tz=dt.UTC).date()
        except (ValueError, OverflowError, OSError):
            raise RowProblem("bad_date", bad_date("autoUpdateExpiration", value)) from None
    return _date(value, "autoUpdateExpiration")


def _date(value: str, name: str) -> dt.date:
    try:
        return dt.datetime.fromisoformat(value).date()
    except ValueError:
        return _by_pattern(value, (*_MOMENTS, *_MONTHS), name).date()
