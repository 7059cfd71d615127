"""Servers that somebody else runs: DATABASE_URL and REDIS_URL are looked at once, before the start."""

import re

from .postgres import OLDEST
from .problems import Problem


def check_database(url: str | None) -> None:
    """Connect to DATABASE_URL and look at its version. Raises Problem when it is of no use."""
    if not url:
        return
    if not url.startswith(("postgres://", "postgresql://")):
        raise Problem("DATABASE_URL must begin with postgresql:// (Techdesk works with PostgreSQL only).")
    import psycopg2

    try:
        connection = psycopg2.connect(url, connect_timeout=10)
    except psycopg2.Error as error:
        raise Problem(f"DATABASE_URL cannot be reached: {_one_line(error)}") from None
    version = connection.server_version // 10000
    connection.close()
    if version < OLDEST:
        raise Problem(f"DATABASE_URL is PostgreSQL {version}; Techdesk needs {OLDEST} or newer.")


def check_redis(url: str | None) -> None:
    """Send PING to REDIS_URL. Raises Problem when there is no answer."""
    if not url:
        return
    import redis

    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=10, socket_timeout=10)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError, OSError) as error:
        raise Problem(f"REDIS_URL cannot be reached: {_one_line(error)}") from None


def _one_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error)).strip()[:300]
