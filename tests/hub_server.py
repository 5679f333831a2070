"""A stand-in for the Hugging Face hub: repositories in memory, behind a real HTTP server on this machine."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]


@dataclass
class Hub:
    """What the server holds, and what it was asked.

    Attributes:
        repositories: files by path, by `owner/name`; each has one branch and only its latest commit.
        requests: method and path of each request, in order.
        created: what each request for a new repository said.
        url: address; set once the server runs.
    """

    repositories: dict[str, Files] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def compute_commit(self, name: str) -> str:
        """Return a hash that changes with any file of the repository."""
        listing = sorted((path, compute_oid(content)) for path, content in self.repositories[name].items())
        return hashlib.sha1(repr(listing).encode(), usedforsecurity=False).hexdigest()


def compute_oid(content: bytes) -> str:
    """Return the name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == "POST" and not self.headers.get("Authorization", "").startswith("Bearer "):
            return self._send_json({"error": "no token"}, status=401)
        match path.strip("/").split("/"):
            case ["api", "repos", "create"]:
                return self._create(json.loads(body))
            case ["api", "models", owner, name, *request] if f"{owner}/{name}" in self.hub.repositories:
                return self._answer_api(f"{owner}/{name}", request, body)
            case [owner, name, "resolve", commit, *parts] if f"{owner}/{name}" in self.hub.repositories:
                return self._send_file(f"{owner}/{name}", commit, "/".join(parts))
        return self._send_json({"error": "Repository not found"}, status=404, **{"X-Error-Code": "RepoNotFound"})

    do_GET = do_HEAD = do_POST = _answer  # noqa: N815  # the names that http.server calls

    def _create(self, request: dict[str, Any]) -> None:
        name = f"{request['organization']}/{request['name']}"
        exists = name in self.hub.repositories
        self.hub.created.append(request)
        self.hub.repositories.setdefault(name, {".gitattributes": b"*.bin filter=lfs\n"})
        self._send_json({"url": f"{self.hub.url}/{name}"}, status=409 if exists else 200)

    def _answer_api(self, name: str, request: list[str], body: bytes) -> None:
        files = self.hub.repositories[name]
        match self.command, request:
            case "GET", ["revision", _]:
                siblings = [{"rfilename": path} for path in files]
                self._send_json({"id": name, "sha": self.hub.compute_commit(name), "siblings": siblings})
            case "GET", ["tree", _]:
                listing = [(path, len(content), compute_oid(content)) for path, content in files.items()]
                self._send_json([{"type": "file", "path": p, "size": n, "oid": oid} for p, n, oid in listing])
            case "POST", ["preupload", _]:
                paths = [file["path"] for file in json.loads(body)["files"]]
                modes = [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in paths]
                self._send_json({"files": modes})
            case "POST", ["commit", _]:
                for change in map(json.loads, body.splitlines()):
                    if change["key"] == "file":
                        files[change["value"]["path"]] = base64.b64decode(change["value"]["content"])
                    elif change["key"] == "deletedFile":
                        del files[change["value"]["path"]]
                commit = self.hub.compute_commit(name)
                self._send_json({"commitUrl": f"{self.hub.url}/{name}/commit/{commit}", "commitOid": commit})
            case _:
                self._send_json({"error": f"{self.command} {'/'.join(request)}: no such endpoint here"}, status=501)

    def _send_file(self, name: str, commit: str, path: str) -> None:
        content = self.hub.repositories[name].get(path)
        if content is None or commit != self.hub.compute_commit(name):
            return self._send_json({"error": "Entry not found"}, status=404, **{"X-Error-Code": "EntryNotFound"})
        return self._send(content, 200, {"ETag": f'"{compute_oid(content)}"', "X-Repo-Commit": commit})

    def _send_json(self, answer: Any, *, status: int = 200, **headers: str) -> None:
        self._send(json.dumps(answer).encode(), status, {"Content-Type": "application/json", **headers})

    def _send(self, content: bytes, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Print nothing; `Hub.requests` has it all."""


@contextmanager
def serve_hub(repositories: dict[str, Files] | None = None) -> Iterator[Hub]:
    """Run a hub on a free port until the block ends, on a copy of some repositories."""
    hub = Hub({name: dict(files) for name, files in (repositories or {}).items()})
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
