"""A small IMAP server on a loopback socket: one mailbox with folders, as much of RFC 3501 as a reader of mailboxes asks
for. It keeps its mails itself, so that what is left after a kill is seen from its side.
"""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any, Self


class ImapServer:
    """The mailbox of one user."""

    def __init__(
        self,
        *,
        abilities: Sequence[str] = ("UIDPLUS", "MOVE"),
        tls: ssl.SSLContext | None = None,
        implicit: bool = True,
    ) -> None:
        """``tls`` speaks it from the first byte, or after STARTTLS where it is not ``implicit``."""
        self.folders: dict[str, dict[int, bytes]] = {"INBOX": {}}
        self.flags: dict[int, set[str]] = {}
        self.abilities = abilities
        self.password = "right"
        #: commands (their first words) after which the connection breaks, before they are done
        self.breaks: list[str] = []
        #: refused with NO
        self.refuses: list[str] = []
        self.commands: list[str] = []
        self._next = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if tls is not None and implicit:
                    self.request = tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def finish(self) -> None:
                super().finish()
                self.request.close()  # what is wrapped is another socket than the server's own

            def begin_tls(self) -> None:
                assert tls is not None
                self.request = tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle(self) -> None:
                Session(outer, self, self.begin_tls).run()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hangs up in the handshake is no matter of ours."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def put(self, raw: bytes, folder: str = "INBOX") -> int:
        """A mail comes in; its number."""
        with self._lock:
            self._next += 1
            self.folders.setdefault(folder, {})[self._next] = raw
            return self._next

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """What lies in a folder."""
        return list(self.folders.get(folder, {}).values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Session:
    """One client."""

    def __init__(
        self, server: ImapServer, handler: socketserver.StreamRequestHandler, begin_tls: Callable[[], None]
    ) -> None:
        self.server = server
        self.handler = handler
        self.begin_tls = begin_tls
        self.folder = ""

    def run(self) -> None:
        self.say("* OK ready")
        while line := self.handler.rfile.readline():
            tag, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            words = rest.split(" ")
            name = " ".join(words[: 2 if words[0].upper() == "UID" else 1]).upper()
            self.server.commands.append(name)
            if name in self.server.breaks:
                self.server.breaks.remove(name)
                return
            if name in self.server.refuses:
                self.say(f"{tag} NO not now")
                continue
            answer = getattr(self, "do_" + name.lower().replace(" ", "_"), None)
            said = answer(words) if answer else "BAD unknown"
            self.say(f"{tag} {said} (done)")
            if name == "LOGOUT":
                return
            if name == "STARTTLS":
                self.begin_tls()

    def say(self, line: str) -> None:
        self.handler.wfile.write(line.encode() + b"\r\n")
        self.handler.wfile.flush()

    def do_capability(self, _: list[str]) -> str:
        self.say(f"* CAPABILITY IMAP4rev1 {' '.join(self.server.abilities)}")
        return "OK"

    def do_starttls(self, _: list[str]) -> str:
        return "OK begin"

    def do_login(self, words: list[str]) -> str:
        return "OK" if words[2].strip('"') == self.server.password else "NO wrong password"

    def do_logout(self, _: list[str]) -> str:
        self.say("* BYE")
        return "OK"

    def do_noop(self, _: list[str]) -> str:
        return "OK"

    def do_create(self, words: list[str]) -> str:
        name = words[1].strip('"')
        if name in self.server.folders:
            return "NO it is there"
        self.server.folders[name] = {}
        return "OK"

    def do_select(self, words: list[str]) -> str:
        self.folder = words[1].strip('"')
        if self.folder not in self.server.folders:
            return "NO no such folder"
        self.say(f"* {len(self.box)} EXISTS")
        return "OK"

    @property
    def box(self) -> dict[int, bytes]:
        return self.server.folders[self.folder]

    def do_uid_search(self, _: list[str]) -> str:
        kept = [str(uid) for uid in self.box if "\\Deleted" not in self.server.flags.get(uid, set())]
        self.say(f"* SEARCH {' '.join(kept)}".rstrip())
        return "OK"

    def do_uid_fetch(self, words: list[str]) -> str:
        uid = int(words[2])
        if uid in self.box:
            raw = self.box[uid]
            self.handler.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        return "OK"

    def do_uid_store(self, words: list[str]) -> str:
        self.server.flags.setdefault(int(words[2]), set()).add("\\Deleted")
        return "OK"

    def do_uid_expunge(self, words: list[str]) -> str:
        self.box.pop(int(words[2]), None)
        return "OK"

    def do_expunge(self, _: list[str]) -> str:
        for uid in [one for one in self.box if "\\Deleted" in self.server.flags.get(one, set())]:
            del self.box[uid]
        return "OK"

    def do_uid_copy(self, words: list[str]) -> str:
        target = self.server.folders.get(words[3].strip('"'))
        if target is None:
            return "NO [TRYCREATE] no such folder"
        target[int(words[2]) + 10_000] = self.box[int(words[2])]
        return "OK"

    def do_uid_move(self, words: list[str]) -> str:
        said = self.do_uid_copy(words)
        if said == "OK":
            self.box.pop(int(words[2]))
        return said
