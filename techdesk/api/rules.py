"""Who may read about the API: everybody who is signed in."""

from __future__ import annotations

from techdesk.base.policy import ANYONE, Scope, declare

MATRIX: dict[str, dict[str, Scope]] = {"api.read_schema": {ANYONE: Scope.OWN}}

declare(MATRIX)
