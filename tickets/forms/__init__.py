from tickets.forms.ask import AskForm
from tickets.forms.steps import (
    AssignForm,
    CancelForm,
    NoteForm,
    PlainForm,
    ReopenForm,
    ReplyForm,
    ResolveForm,
    StepForm,
    WaitForm,
)

__all__ = [
    "AskForm",
    "AssignForm",
    "CancelForm",
    "NoteForm",
    "PlainForm",
    "ReopenForm",
    "ReplyForm",
    "ResolveForm",
    "StepForm",
    "WaitForm",
]
