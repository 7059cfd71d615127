"""Both servers together, and who still needs them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from . import outside
from .locks import Hold, exclusive
from .places import Places
from .postgres import Postgres
from .valkey import Valkey


def _outside(name: str, own: str) -> str | None:
    """The address in the environment variable `name`, unless it is that of our own server."""
    value = os.environ.get(name)
    return None if not value or value == own else value


class Servers:
    """The embedded servers that the environment does not replace by DATABASE_URL and REDIS_URL."""

    def __init__(self, places: Places) -> None:
        self.places = places
        postgres, valkey = Postgres(places), Valkey(places)
        # A terminal may still name our own servers, by the lines that `up` printed: those are not somebody else's.
        self.outside_database = _outside("DATABASE_URL", postgres.url)
        self.outside_redis = _outside("REDIS_URL", valkey.url)
        self.postgres = None if self.outside_database else postgres
        self.valkey = None if self.outside_redis else valkey
        self._users = Hold(places.run / "users.lock")

    @property
    def all(self) -> list[Postgres | Valkey]:
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def environment(self) -> dict[str, str]:
        """What the programs need to find the servers."""
        found = {}
        if self.postgres is not None:
            found["DATABASE_URL"] = self.postgres.url
        if self.valkey is not None:
            found["REDIS_URL"] = self.valkey.url
        return found

    def ensure(self) -> None:
        """Start what is not running; look at the servers of the environment. Raises Problem."""
        self.places.make_folders()
        outside.check_database(self.outside_database)
        outside.check_redis(self.outside_redis)
        for server in self.all:
            server.ensure()

    def join(self) -> None:
        """`ensure`, and keep others from stopping the servers until `leave`."""
        self.places.make_folders()
        with exclusive(self.places.run / "gate.lock"):
            self._users.share()
            try:
                self.ensure()
            except BaseException:
                self._leave_locked()
                raise

    def leave(self) -> None:
        """Stop the servers unless somebody else has joined."""
        with exclusive(self.places.run / "gate.lock"):
            self._leave_locked()

    def _leave_locked(self) -> None:
        if self._users.try_alone():
            for server in self.all:
                server.stop()
        self._users.release()

    def stop_if_unused(self) -> bool:
        """Stop the servers now. False when somebody uses them."""
        self.places.make_folders()
        with exclusive(self.places.run / "gate.lock"):
            if not self._users.try_alone():
                self._users.release()
                return False
            self._leave_locked()
            return True

    @contextmanager
    def in_use(self) -> Iterator[dict[str, str]]:
        """The servers for a block; yields the environment for programs in it."""
        self.join()
        try:
            yield self.environment()
        finally:
            self.leave()
