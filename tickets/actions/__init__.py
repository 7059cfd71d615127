from tickets.actions.issue_types import ensure_issue_types
from tickets.actions.message import add_message
from tickets.actions.open import open_ticket
from tickets.actions.transitions import (
    assign_ticket,
    cancel_ticket,
    close_ticket,
    reopen_ticket,
    resolve_ticket,
    resume_ticket,
    wait_ticket,
)

__all__ = [
    "add_message",
    "assign_ticket",
    "cancel_ticket",
    "close_ticket",
    "ensure_issue_types",
    "open_ticket",
    "reopen_ticket",
    "resolve_ticket",
    "resume_ticket",
    "wait_ticket",
]
