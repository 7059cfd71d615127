"""What higher floors tell jobs: who may see a stored file besides whoever uploaded it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q

#: person -> the condition for the files (rows of StoredFile) that this person may see.
FileRule = Callable[[Any], Q]

_file_rules: list[FileRule] = []


def register_file_rule(rule: FileRule) -> None:
    """Let `rule` open files to people, e.g. the pictures of the tickets they see. Call it in the app's rules.py."""
    if rule not in _file_rules:
        _file_rules.append(rule)


def files_seen_by(person: Any) -> Q:
    """The files `person` uploaded, and those some registered rule opens."""
    condition = Q(uploaded_by=person)
    for rule in _file_rules:
        condition |= rule(person)
    return condition
