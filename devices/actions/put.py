"""Many devices in one go, new and known ones: what can be done is done, of the rest it is said why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction

from devices.actions.change import DeviceChange, change_devices
from devices.actions.facts import DeviceFacts
from devices.actions.locks import lock_devices, lock_people
from devices.actions.refusals import Refusals, refusals_of
from devices.actions.register import register_devices
from devices.models import Device
from techdesk.base.errors import DomainError

Item = TypeVar("Item")


@dataclass(kw_only=True)
class PutDevices:
    """What became of each place: the device as it is now, or the refusal."""

    created: dict[int, Device] = field(default_factory=dict)
    updated: dict[int, Device] = field(default_factory=dict)
    unchanged: dict[int, Device] = field(default_factory=dict)
    refused: Refusals = field(default_factory=dict)


@transaction.atomic
def put_devices(*, actor: Any, facts: Mapping[int, DeviceFacts], changes: Mapping[int, DeviceChange]) -> PutDevices:
    """Register `facts` and make `changes`, both by place; leave out what is refused, in the words of
    `register_devices` and `change_devices`. Whoever wants all or nothing rolls back when something was refused.
    """
    _lock(facts.values(), changes.values())
    ids = [change.device.pk for change in changes.values()]
    versions = dict(Device.objects.filter(pk__in=ids).values_list("pk", "version"))
    outcome = PutDevices()
    outcome.created, refused = _as_many_as_can_be(facts, lambda some: register_devices(actor=actor, facts=some))
    outcome.refused |= refused
    changed, refused = _as_many_as_can_be(changes, lambda some: change_devices(actor=actor, changes=some))
    outcome.refused |= refused
    for place, device in changed.items():
        same = device.version == versions[device.pk]
        (outcome.unchanged if same else outcome.updated)[place] = device
    return outcome


def _lock(facts: Any, changes: Any) -> None:
    """All people, then all devices: the two actions would take them in turns."""
    facts, changes = list(facts), list(changes)
    people = [person for one in facts for person in (one.assigned_to, one.responsible)]
    people += [change.fields.get(name) for change in changes for name in ("assigned_to", "responsible")]
    carts = [one.home_cart for one in facts] + [change.fields.get("home_cart") for change in changes]
    lock_people(person.pk for person in people if person is not None)
    homes = [change.device.home_cart_id for change in changes if "home_slot" in change.fields]
    lock_devices([*(c.device.pk for c in changes), *(cart.pk for cart in carts if cart is not None), *homes])


def _as_many_as_can_be(
    items: Mapping[int, Item], act: Callable[[Sequence[Item]], Sequence[Device]]
) -> tuple[dict[int, Device], Refusals]:
    """Act on all of `items`; without those that are refused, again, until nothing more is refused."""
    left, refused = dict(items), Refusals()
    while left:
        places = list(left)
        try:
            with transaction.atomic():
                return dict(zip(places, act([left[place] for place in places]), strict=True)), refused
        except DomainError as error:
            found = refusals_of(error) or ({0: error} if len(places) == 1 else {})
            if not found:
                return _halves(left, act, refused)
            for position, refusal in found.items():
                refused[places[position]] = refusal
                del left[places[position]]
    return {}, refused


def _halves(
    items: Mapping[int, Item], act: Callable[[Sequence[Item]], Sequence[Device]], refused: Refusals
) -> tuple[dict[int, Device], Refusals]:
    """The refusal does not say which one it is about: ask each half by itself."""
    places = list(items)
    middle = len(places) // 2
    done: dict[int, Device] = {}
    for part in (places[:middle], places[middle:]):
        some, others = _as_many_as_can_be({place: items[place] for place in part}, act)
        done |= some
        refused |= others
    return done, refused
