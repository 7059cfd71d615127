"""The embedded Valkey: start, adopt, recover, stop."""

import os
import signal
from pathlib import Path

import redis

from techdesk.embedded.places import Places
from techdesk.embedded.valkey import Valkey

from .conftest import processes_of


def client(server: Valkey) -> "redis.Redis":
    return redis.Redis.from_url(server.url)


def pid(server: Valkey) -> int:
    return int(client(server).info("server")["process_id"])


def test_starts_is_adopted_keeps_its_data_and_stops(places: Places, folder: Path) -> None:
    first, second = Valkey(places), Valkey(places)
    first.ensure()
    client(first).set("kept", "1")
    number = pid(first)
    second.ensure()
    assert pid(second) == number
    assert client(first).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}

    second.stop()
    first.stop()
    assert processes_of(folder) == []
    assert not places.valkey_socket.exists()

    first.ensure()
    assert client(first).get("kept") == b"1"


def test_comes_back_when_killed(places: Places) -> None:
    server = Valkey(places)
    server.ensure()
    os.kill(pid(server), signal.SIGKILL)
    server.ensure()
    assert server.answers()


def test_sets_a_damaged_folder_aside(places: Places) -> None:
    server = Valkey(places)
    server.ensure()
    client(server).set("lost", "1")
    server.stop()
    (places.valkey_data / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    server.ensure()
    assert client(server).get("lost") is None
    assert len(list(places.var.glob("valkey.damaged-*"))) == 1


def test_nobody_else_may_open_the_socket(places: Places) -> None:
    server = Valkey(places)
    server.ensure()
    assert places.valkey_socket.parent.stat().st_mode & 0o777 == 0o700
    assert places.valkey_socket.stat().st_mode & 0o777 == 0o700
