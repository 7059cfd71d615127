"""Writes docs/permissions.md from the matrix, or checks that it is up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from techdesk.base.policy import ANYONE, ROLES, matrix

HEAD = """# Who may do what

Made by `manage.py print_permissions` from the rules of each app; do not edit.

A role reaches as far as its scope: **own** (what concerns the person), **section** (the students a teacher teaches),
**school** (everything at the schools where the role is held; a role held for the district reaches all schools),
**district** (only where the role is held for the district). "Anyone" is everybody who is signed in. Nobody reaches
anything without signing in.

"""


def table() -> str:
    """The matrix as Markdown: one line per action."""
    lines = ["| action | who, and how far |", "|---|---|"]
    for action, grants in matrix().items():
        by_scope: dict[str, list[str]] = {}
        for role, scope in grants.items():
            by_scope.setdefault(scope.value, []).append("Anyone" if role == ANYONE else str(ROLES[role]))
        cells = [f"**{scope}**: {', '.join(roles)}" for scope, roles in by_scope.items()]
        lines.append(f"| `{action}` | {' · '.join(cells)} |")
    return HEAD + "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Write docs/permissions.md; with --check only compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "permissions.md"
        text = table()
        if options["check"]:
            if not path.exists() or path.read_text() != text:
                raise CommandError("docs/permissions.md is not up to date: run manage.py print_permissions")
            return
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
