"""A small object store over HTTP, as far as uploaded files need it: put, get, head, list, delete (S3 REST API).

Signatures are not checked: what is tested is what we send and how we read the answers.
"""

from __future__ import annotations

import hashlib
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class ObjectStore:
    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, float]] = {}
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args: Any) -> None: ...

            def _key(self) -> str:
                return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

            def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                if "Content_Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if "aws-chunked" in self.headers.get("Content-Encoding", ""):
                    body = _unchunked(body)
                store.objects[self._key()] = (body, store.clock())
                self._answer(200, ETag=f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                if "list-type" in query or not self._key():
                    self._answer(200, store.listing(query), Content_Type="application/xml")
                    return
                found = store.objects.get(self._key())
                if found is None:
                    self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", Content_Type="application/xml")
                    return
                body, moment = found
                self._answer(
                    200, body, Last_Modified=formatdate(moment, usegmt=True), Content_Length=str(len(body)), ETag='"x"'
                )

            def do_DELETE(self) -> None:
                store.objects.pop(self._key(), None)
                self._answer(204)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def clock(self) -> float:
        import time

        return time.time()

    def listing(self, query: dict[str, list[str]]) -> bytes:
        prefix, delimiter = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
        keys, folders = [], set()
        for key in sorted(self.objects):
            rest = key[len(prefix) :]
            if not key.startswith(prefix):
                continue
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
            else:
                keys.append(key)
        items = "".join(f"<Contents><Key>{escape(key)}</Key><Size>1</Size></Contents>" for key in keys)
        items += "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in sorted(folders))
        return (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>false</IsTruncated><Prefix>{escape(prefix)}</Prefix>{items}</ListBucketResult>"
        ).encode()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _unchunked(body: bytes) -> bytes:
    """The content of an aws-chunked body: `size[;…]\\r\\n`, bytes, `\\r\\n`, until size 0."""
    found = b""
    while body:
        head, _line, rest = body.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        if size == 0:
            break
        found, body = found + rest[:size], rest[size + 2 :]
    return found
