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
from tickets.actions.urgent import acknowledge, escalate_due

__all__ = [
    "acknowledge",
    "add_message",
    "assign_ticket",
    "cancel_ticket",
    "close_ticket",
    "ensure_issue_types",
    "escalate_due",
    "open_ticket",
    "reopen_ticket",
    "resolve_ticket",
    "resume_ticket",
    "wait_ticket",
]
