"""What using a token leaves behind. Making and revoking one is the directory's business."""

from __future__ import annotations

import datetime as dt

from techdesk.api.models import ApiToken
from techdesk.base.clock import now

#: A busy script must not write a row with every request.
NOTED_EVERY = dt.timedelta(minutes=1)


def note_token_use(*, token: ApiToken) -> None:
    """Remember that `token` is in use, at most once a minute. No history: nobody's record changes."""
    moment = now()
    if token.last_used_at is not None and moment - token.last_used_at < NOTED_EVERY:
        return
    ApiToken.objects.not_used_since(moment - NOTED_EVERY).filter(pk=token.pk).update(last_used_at=moment)
