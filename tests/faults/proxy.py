"""A TCP proxy that a test may make slow, cut, or turn into a black hole. It stands in front of one server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
END_OF_MAIL = b"\r\n.\r\n"


class Proxy:
    """Listens on a port of its own (`port`) and passes everything to `target`: a Unix socket, or (host, port).

    latency: seconds that each piece of data is held back. `cut()` breaks what is connected; with `stay=True` nobody
    is let in until `mend()`. `swallow()` keeps connections open and passes nothing. lost_answers: so many mails reach
    the server whose "250 OK" does not come back. cut_mails: so many mails are cut off in the middle.
    """

    def __init__(self, target: Path | tuple[str, int]) -> None:
        self.target = target
        self.latency = 0.0
        self.lost_answers = 0
        self.cut_mails = 0
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        # Bound here: other processes are told the port before anything is started.
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._run(asyncio.start_server(self._serve, sock=self._socket))

    def stop(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._socket.close()

    def cut(self, *, stay: bool = False) -> None:
        """Break all connections; with `stay` every new one, too, until `mend()`."""
        self._refuses = stay
        self._run(self._abort())

    def swallow(self) -> None:
        """Let connections stand, and let nothing through, until `mend()`."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def mend(self) -> None:
        self._refuses, self.latency = False, 0.0
        self._loop.call_soon_threadsafe(self._open.set)

    def _run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        try:
            back, forth = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        ends = (writer, forth)
        self._writers.update(ends)
        silent = asyncio.Event()  # set: what the server says is thrown away
        there = asyncio.ensure_future(self._there(reader, forth, silent))
        here = asyncio.ensure_future(self._back(back, writer, silent))
        try:
            await asyncio.wait({there, here}, return_when=asyncio.FIRST_COMPLETED)
            # The last words of a server that hangs up are still on their way.
            await asyncio.wait({here}, timeout=0 if silent.is_set() else 0.1)
        finally:
            there.cancel()
            here.cancel()
            self._writers.difference_update(ends)
            for end in ends:
                end.transport.abort()

    async def _connect(self) -> Pair:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(str(self.target))
        return await asyncio.open_connection(*self.target)

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        """What the client says, until it hangs up or its mail is cut off."""
        with contextlib.suppress(OSError):
            while data := await self._read(reader):
                ends_mail = END_OF_MAIL in data
                if ends_mail and self.cut_mails > 0:
                    self.cut_mails -= 1
                    silent.set()
                    writer.write(data[: len(data) // 2])
                    await writer.drain()
                    return
                if ends_mail and self.lost_answers > 0:
                    self.lost_answers -= 1
                    silent.set()
                    writer.write(data)
                    await writer.drain()
                    await asyncio.sleep(0.5)  # the server takes the mail in
                    return
                writer.write(data)
                await writer.drain()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        """What the server says."""
        with contextlib.suppress(OSError):
            while data := await self._read(reader):
                if not silent.is_set():
                    writer.write(data)
                    await writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(65_536)
        if self.latency:
            await asyncio.sleep(self.latency)
        await self._open.wait()
        return data
