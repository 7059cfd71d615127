"""Chat rooms and SMS gateways: one JSON message for each notice. Never what somebody wrote, so no student's name.

Formats: Google Chat, developers.google.com/workspace/chat/quickstart/webhooks; Teams, an adaptive card to the trigger
"When a Teams webhook request is received" of a Workflow (the older connectors were retired); a gateway takes
{"to", "text"} and, where a secret is set, "Authorization: Bearer".
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from techdesk.base import outside
from techdesk.base.clock import now
from techdesk.base.sealed import Unreadable, unseal
from techdesk.notifications.channels import Refused, Retry, Send
from techdesk.notifications.choices import TargetKind
from techdesk.notifications.models import Delivery, WebhookTarget

#: What could not be said within this time helps nobody any more: the lesson is over.
TOO_LATE = dt.timedelta(hours=1)
#: Answers after which another try makes sense: too fast, or something of theirs is broken.
TRY_AGAIN = frozenset({408, 425, 429})


@contextmanager
def opened() -> Iterator[Send]:
    """Every target has a server of its own, so there is nothing to open for all of them."""
    yield _send


def _send(delivery: Delivery) -> None:
    target, notice = delivery.target, delivery.notification
    if target is None or not target.is_active:
        raise Refused("the target was switched off")
    if notice is None:
        raise Refused("what it said is no longer kept")
    if now() - delivery.created_at > TOO_LATE:
        raise Refused(f"too late ({delivery.last_error})" if delivery.last_error else "too late")
    post_message(target, notice.title, f"{settings.BASE_URL}{notice.path}" if notice.path else "")


def post_message(target: WebhookTarget, text: str, url: str = "") -> None:
    """Say `text` at `target`, with a link. Raises Retry or Refused."""
    headers = {"Content-Type": "application/json; charset=UTF-8", "User-Agent": "Techdesk"}
    try:
        if secret := unseal(target.sealed_secret):
            headers["Authorization"] = f"Bearer {secret}"
        body = json.dumps(message_for(target, text, url)).encode()
        answer = outside.post(unseal(target.sealed_url), body, headers)
    except Unreadable as error:
        raise Refused("the address was sealed under another SECRET_KEY; enter it again") from error
    except outside.Forbidden as error:
        raise Refused(str(error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise Retry(f"{type(error).__name__}: {error}"[:500]) from error
    if not 200 <= answer.status < 300:
        # Their words may repeat the address, which is a key: only the number is kept.
        kind = Retry if answer.status >= 500 or answer.status in TRY_AGAIN else Refused
        raise kind(f"HTTP {answer.status}")


def message_for(target: WebhookTarget, text: str, url: str) -> dict[str, Any]:
    """The JSON that this kind of target reads."""
    if target.kind == TargetKind.TEAMS:
        return _card(text, url)
    plain = f"{text}\n{url}" if url else text
    return {"to": target.to, "text": plain} if target.kind == TargetKind.SMS else {"text": plain}


def _card(text: str, url: str) -> dict[str, Any]:
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": text, "wrap": True, "weight": "Bolder"}],
    }
    if url:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Techdesk", "url": url}]
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}
