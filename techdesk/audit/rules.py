"""Who may follow the feed of changes: everybody, as far as they see what changed."""

from __future__ import annotations

from techdesk.base.policy import ANYONE, Scope, declare

MATRIX: dict[str, dict[str, Scope]] = {"audit.follow_changes": {ANYONE: Scope.OWN}}

declare(MATRIX)
