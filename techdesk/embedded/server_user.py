"""Which user PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from .problems import Problem


class Switch(TypedDict, total=False):
    """The arguments of `subprocess` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerUser:
    """`uid` and `gid` own the files; `prefix` goes before every server command."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    @property
    def switch(self) -> Switch:
        if self.prefix or self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def choose(postgres: Path, data: Path) -> ServerUser:
    """The user for the server program `postgres` with the data folder `data`.

    An ordinary user runs the server as itself. Root takes the owner of the data folder, else the
    `postgres` or the `nobody` account, whichever can reach the program and the folder; where none can
    (a closed home folder), a user namespace in which root looks like `nobody`. No account is made and
    no folder above the data folder is changed. Raises Problem when no way is left.
    """
    if os.geteuid() != 0:
        return _ordinary(data)
    owner = data.stat().st_uid if data.exists() else None
    for account in _accounts(owner):
        user = ServerUser(account.pw_uid, account.pw_gid)
        if _can_reach(user, postgres, data.parent):
            return user
    inside = _namespace()
    if owner in (None, 0) and _runs(inside, postgres):
        return inside
    raise Problem(
        f"PostgreSQL does not run as root, and no other user can reach {data}. Start Techdesk as an"
        f" ordinary user,"
        " move the project to a folder open to others, or set DATABASE_URL."
    )


def _ordinary(data: Path) -> ServerUser:
    uid = os.geteuid()
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise Problem(
            f"Your user number {uid} has no name on this machine, and PostgreSQL needs one. Start Techdesk"
            f" as a named"
            " user, or set DATABASE_URL."
        ) from None
    if data.exists() and data.stat().st_uid != uid:
        raise Problem(
            f"The database folder {data} belongs to another user. Start Techdesk as that user, or name"
            f" another"
            " folder in TECHDESK_VAR."
        )
    return ServerUser(uid, os.getegid())


def _accounts(owner: int | None) -> list[pwd.struct_passwd]:
    found = []
    for key in ("postgres", "nobody") if owner is None else (owner,):
        try:
            account = pwd.getpwnam(key) if isinstance(key, str) else pwd.getpwuid(key)
        except KeyError:
            continue
        if account.pw_uid != 0:
            found.append(account)
    return found


def _namespace() -> ServerUser:
    try:
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
    except KeyError:
        uid = gid = 65534
    return ServerUser(0, 0, ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}", "--"))


def _can_reach(user: ServerUser, postgres: Path, folder: Path) -> bool:
    return _runs(user, postgres) and _ends_well(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)], user)


def _runs(user: ServerUser, postgres: Path) -> bool:
    return _ends_well([*user.prefix, str(postgres), "--version"], user)


def _ends_well(command: list[str], user: ServerUser) -> bool:
    try:
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **user.switch,
        )
    except OSError:
        return False
    return done.returncode == 0
