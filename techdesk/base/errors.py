"""What an action says when it refuses: one class per HTTP answer, with a code machines read and words people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class DomainError(Exception):
    """An action refused. `code` is stable and lower-case; `message` is for the person and may be translated text.

    `facts` are extra members of the API's problem answer; they must hold only what the caller may see.
    """

    status = 409
    code = "not_possible"

    def __init__(self, message: Any, *, code: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.facts = facts

    def __str__(self) -> str:
        return str(self.message)


class NotPossible(DomainError):
    """The object is not in a state that allows this (409)."""


class BadInput(DomainError):
    """What was sent cannot be used (400). `errors` maps a field's name to its messages."""

    status = 400
    code = "bad_input"

    def __init__(
        self,
        message: Any,
        *,
        code: str | None = None,
        errors: Mapping[str, Sequence[Any]] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, code=code, **facts)
        self.errors: dict[str, list[Any]] = {name: list(texts) for name, texts in (errors or {}).items()}


class NotPermitted(DomainError):
    """The caller sees the object but may not do this (403)."""

    status = 403
    code = "not_permitted"


class Stale(DomainError):
    """Somebody changed the object since the caller read it (412 for the API, 409 page for forms)."""

    status = 412
    code = "stale"


class TooLarge(DomainError):
    """More than the installation takes in one go (413)."""

    status = 413
    code = "too_large"


class Busy(DomainError):
    """The database could not do it in time: others are at the same rows (503). Trying again is safe."""

    status = 503
    code = "try_again"
