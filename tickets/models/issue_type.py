"""What a teacher may need: the choices of the first page. Texts are {language: text}; a district may edit them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from tickets.choices import Priority
from tickets.querysets import IssueTypeQuerySet


class IssueType(models.Model):
    slug = models.SlugField(max_length=40, unique=True)
    name = models.JSONField()
    hint = models.JSONField(default=dict)
    icon = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    default_priority = models.CharField(max_length=8, choices=Priority, default=Priority.NORMAL)
    # Which questions its form asks beside "what happens": device, room, person, address …
    asks = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    objects = IssueTypeQuerySet.as_manager()

    def __str__(self) -> str:
        return self._text(self.name) or self.slug

    @property
    def hint_text(self) -> str:
        return self._text(self.hint)

    @staticmethod
    def _text(texts: dict[str, str]) -> str:
        return texts.get(get_language() or "en") or texts.get("en") or ""
