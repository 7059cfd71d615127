"""Who may see stored files. (Runs and imports are declared in directory.rules, which knows schools.)"""

from __future__ import annotations

from techdesk.base.policy import ANYONE, Reach, Scope, declare
from techdesk.jobs.hooks import files_seen_by
from techdesk.jobs.models import StoredFile

MATRIX: dict[str, dict[str, Scope]] = {"jobs.view_file": {ANYONE: Scope.OWN}}

declare(MATRIX, {StoredFile: Reach(school=None, own=files_seen_by)})
