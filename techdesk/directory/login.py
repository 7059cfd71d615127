"""How allauth meets our people: nobody signs up; service people and the deactivated cannot sign in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_user_display(self, user: Any) -> str:
        return str(user.name)

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        if user.is_service:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)
