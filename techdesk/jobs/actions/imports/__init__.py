from techdesk.jobs.actions.imports.apply import (
    SUMMARY,
    apply_import,
    begin_apply,
    confirm_import,
    count_verdicts,
    discard_import,
    stop_apply,
    too_many_removals,
)
from techdesk.jobs.actions.imports.stage import begin_import, fail_import, import_broke, stage_import, upload_import
from techdesk.jobs.actions.imports.undo import (
    begin_undo,
    confirm_undo,
    is_undoable,
    rows_to_undo,
    stop_undo,
    undo_import,
)
from techdesk.jobs.actions.imports.uploads import sweep_uploads, take_uploads
from techdesk.jobs.actions.imports.work import apply_confirmed, stage_uploaded

__all__ = [
    "SUMMARY",
    "apply_confirmed",
    "apply_import",
    "begin_apply",
    "begin_import",
    "begin_undo",
    "confirm_import",
    "confirm_undo",
    "count_verdicts",
    "discard_import",
    "fail_import",
    "import_broke",
    "is_undoable",
    "rows_to_undo",
    "stage_import",
    "stage_uploaded",
    "stop_apply",
    "stop_undo",
    "sweep_uploads",
    "take_uploads",
    "too_many_removals",
    "undo_import",
    "upload_import",
]
