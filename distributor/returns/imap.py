"""A mailbox to which mail comes back, by IMAP (RFC 3501 over TLS, RFC 8314). Must not read what is in the mails.

A mail leaves by ``UID MOVE`` (RFC 6851) where the server has it, otherwise by ``UID COPY`` and a deletion; a deletion
expunges the one mail alone (``UID EXPUNGE``, RFC 4315) where the server can. So the mailbox should be the program's.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from distributor.errors import MailboxError
from distributor.returns import InboxKind
from distributor.secret import Secret, redact
from distributor.text.loopback import is_loopback

T = TypeVar("T")

#: No mail that comes back is longer; what is beyond it is not fetched.
MOST: Final = 32 << 20
_PORTS: Final = {"tls": 993, "starttls": 143, "none": 143}
#: names of folders that need no escape on the wire
_FOLDER = re.compile(r"[ !#-\[\]-~]{1,200}")


@dataclass(frozen=True, kw_only=True)
class ImapOptions:
    """The table ``[mailboxes.NAME]`` with ``type = "imap"``."""

    host: str
    username: str
    password: Secret
    #: empty: 993 for tls, 143 for the others
    port: int | None = None
    #: tls (RFC 8314) | starttls | none (a server on this machine only)
    tls: Literal["tls", "starttls", "none"] = "tls"
    #: allows ``tls = "none"`` to a server elsewhere: everyone on the way can read the mail and the password
    allow_plaintext: bool = False
    #: where mail comes back to
    folder: str = "INBOX"
    #: where mails are moved that nobody understands; it is made where it is not there
    unknown_folder: str = "distributor-unknown"
    #: certificates of the server's own authority (PEM); empty: the system's
    ca_file: str = ""
    #: seconds for connecting and for every answer
    timeout: float = 60.0

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be right."""
        if self.tls == "none" and not self.allow_plaintext and not is_loopback(self.host):
            hint = 'take "tls" or "starttls"; allow_plaintext = true only where everyone on the way may read the mail'
            raise ValueError(f'tls "none" to {self.host}, which is not this machine; {hint}')
        if self.ca_file and not Path(self.ca_file).is_absolute():
            raise ValueError(f"ca_file {self.ca_file!r} is no absolute path; begin it with /")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ValueError(f"port is {self.port}; it must be 1 to 65535")
        for key in ("folder", "unknown_folder"):
            if not _FOLDER.fullmatch(getattr(self, key)):
                raise ValueError(f"{key} {getattr(self, key)!r}: plain ASCII without quotes is expected")
        if self.folder.lower() == self.unknown_folder.lower():
            raise ValueError("unknown_folder is the folder itself, so what is moved there would be read for ever")


class Imap:
    """Reads one mailbox; see :class:`~distributor.interfaces.Inbox`. One connection for each reading."""

    def __init__(self, name: str, options: ImapOptions) -> None:
        """Nobody is contacted yet."""
        self.name = name
        self._options = options
        self._connection: imaplib.IMAP4 | None = None

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """What lies in the folder, by the server's own number of each mail (UID)."""
        for uid in self._told(self._uids):
            raw = self._told(lambda uid=uid: self._fetch(uid))  # type: ignore[misc]  # bound at once
            if raw is not None:
                yield uid, raw

    def remove(self, key: str) -> None:
        """Delete a mail."""
        self._told(lambda: self._delete(key))

    def set_aside(self, key: str) -> None:
        """Move a mail into the folder for those that nobody understands."""
        self._told(lambda: self._move(key))

    def close(self) -> None:
        """Say goodbye, where that is still possible."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.logout()
        except (imaplib.IMAP4.error, OSError):
            _hang_up(connection)

    def _uids(self) -> list[str]:
        found = self._asked(self._opened().uid("SEARCH", "UNDELETED"), "the folder cannot be searched")
        return [uid.decode("ascii") for uid in (found[0] or b"").split()]

    def _fetch(self, uid: str) -> bytes | None:
        """The mail; None where somebody took it away meanwhile."""
        found = self._asked(self._opened().uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST}>)"), "a mail cannot be read")
        return next((bytes(part[1]) for part in found if isinstance(part, tuple)), None)

    def _delete(self, uid: str) -> None:
        connection = self._opened()
        self._asked(connection.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"), "a mail cannot be deleted")
        if "UIDPLUS" in connection.capabilities:
            self._asked(connection.uid("EXPUNGE", uid), "a mail cannot be deleted")
        else:
            self._asked(connection.expunge(), "a mail cannot be deleted")

    def _move(self, uid: str) -> None:
        connection, folder = self._opened(), _quoted(self._options.unknown_folder)
        connection.create(folder)  # NO where it is there already: whether it is, the next answer says
        if "MOVE" in connection.capabilities:
            self._asked(connection.uid("MOVE", uid, folder), "a mail cannot be moved")
            return
        self._asked(connection.uid("COPY", uid, folder), "a mail cannot be moved")
        self._delete(uid)

    def _opened(self) -> imaplib.IMAP4:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> imaplib.IMAP4:
        options = self._options
        port = options.port or _PORTS[options.tls]
        if options.tls == "tls":
            context = _context(options.ca_file)
            found: imaplib.IMAP4 = imaplib.IMAP4_SSL(options.host, port, ssl_context=context, timeout=options.timeout)
        else:
            found = imaplib.IMAP4(options.host, port, timeout=options.timeout)
        try:
            if options.tls == "starttls":
                found.starttls(_context(options.ca_file))
            found.login(options.username, options.password.reveal())
            self._asked(found.select(_quoted(options.folder)), "the folder cannot be opened")
        except BaseException:
            _hang_up(found)
            raise
        # what a server can may depend on who asks (RFC 3501 section 6.1.1)
        found._get_capabilities()  # noqa: SLF001 - asked once by itself, before the sign-in
        return found

    def _asked(self, answer: tuple[str, list[Any]], trouble: str) -> list[Any]:
        """What a positive answer holds. Raises MailboxError for a negative one."""
        word, found = answer
        if word != "OK":
            raise MailboxError(f"mailbox {self.name}: {trouble}: {_plain(found)}")
        return found

    def _told(self, work: Callable[[], T]) -> T:
        """Do it; what the server or the network says against it becomes a MailboxError, and the next call connects."""
        place = f"{self._options.host}:{self._options.port or _PORTS[self._options.tls]}"
        try:
            return work()
        except (imaplib.IMAP4.error, OSError) as error:
            self.close()
            reason = getattr(error, "strerror", None) or _plain(error.args) or type(error).__name__
            raise MailboxError(f"mailbox {self.name}: {place}: {reason}") from error


def _hang_up(connection: imaplib.IMAP4) -> None:
    """Without a word, for nothing more can be said."""
    with suppress(OSError):
        connection.shutdown()


def _context(ca_file: str) -> ssl.SSLContext:
    """Certificates verified, TLS 1.2 or later. Raises OSError for an unreadable file."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _quoted(folder: str) -> str:
    return f'"{folder}"'


def _plain(parts: Any) -> str:
    """A server's words on one line, without secrets."""
    said = " ".join(one.decode("ascii", "replace") if isinstance(one, bytes) else str(one) for one in parts or ())
    return redact(" ".join(said.split()))[:200]


IMAP: Final = InboxKind(options=ImapOptions, open=Imap)
