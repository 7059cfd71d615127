"""The cache may vanish at any time: a page must not notice more than a few milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

#: After a failure nobody asks the server for so many seconds: a hung Redis costs one request, not each one.
REST_SECONDS = 5.0


def _forgiving(method: str, fallback: Callable[..., Any]) -> Any:
    def call(self: PatientRedisCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < PatientRedisCache.silent_until:
            return fallback(*args, **kwargs)
        try:
            return getattr(RedisCache, method)(self, *args, **kwargs)
        except (RedisError, OSError):
            PatientRedisCache.silent_until = time.monotonic() + REST_SECONDS
            return fallback(*args, **kwargs)

    call.__name__ = method
    return call


class PatientRedisCache(RedisCache):
    """Django's Redis cache that answers "not cached" while the server is away, stopped or hung."""

    silent_until: float = 0.0

    get = _forgiving("get", lambda key, default=None, version=None: default)
    set = _forgiving("set", lambda *a, **k: None)
    add = _forgiving("add", lambda *a, **k: True)
    delete = _forgiving("delete", lambda *a, **k: False)
    touch = _forgiving("touch", lambda *a, **k: False)
    incr = _forgiving("incr", lambda key, delta=1, version=None: delta)
    has_key = _forgiving("has_key", lambda *a, **k: False)
    get_many = _forgiving("get_many", lambda keys, version=None: {})
    set_many = _forgiving("set_many", lambda *a, **k: [])
    delete_many = _forgiving("delete_many", lambda *a, **k: None)
    clear = _forgiving("clear", lambda: True)
