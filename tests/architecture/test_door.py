"""Nothing stands outside the door: every address, every model with pages, and the table of who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from techdesk.base.policy import ROLES, VisibleQuerySet, matrix, reaches
from tests.architecture.addresses import Address, library_reason, policy_of, public_reason, walk

ADDRESSES = sorted(walk(), key=lambda address: address.route)


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda a: a.label)
def test_every_address_has_a_policy_or_a_reason_to_be_public(address: Address) -> None:
    mark, reason = policy_of(address.view), public_reason(address.view) or library_reason(address.view)
    assert mark or reason, f"{address.route} has neither @policy nor @public(reason=…)"
    assert not (mark and public_reason(address.view)), f"{address.route} is both guarded and public"
    if mark:
        actions = set(mark.values()) if isinstance(mark, Mapping) else {mark}
        assert actions <= set(matrix()), f"{address.route} names actions nobody declared: {actions - set(matrix())}"


#: Roles of areas that are still to come; until then they reach what everybody reaches.
WITHOUT_AN_ACTION_YET = {"staff", "student", "test_administrator", "proctor", "trainer", "guardian"}


def test_every_action_is_somebodys_and_every_role_has_one() -> None:
    for action, grants in matrix().items():
        assert grants, f"nobody may {action}"
    used = {role for grants in matrix().values() for role in grants}
    assert set(ROLES) - used == WITHOUT_AN_ACTION_YET


def test_every_model_seen_through_the_door_says_what_its_scopes_mean() -> None:
    for model in apps.get_models():
        rows: Any = getattr(model, "objects", None)
        if rows is not None and isinstance(rows.all(), VisibleQuerySet):
            assert model in reaches(), f"{model.__name__} has visible_to() but no Reach"
            assert rows.all().view_action in matrix()


def test_the_printed_table_of_permissions_is_up_to_date(capsys: Any) -> None:
    call_command("print_permissions", "--check")
