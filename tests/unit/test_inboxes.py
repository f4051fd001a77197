"""Mailboxes to which mail comes back: a Maildir on disk, and IMAP over real sockets."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from distributor.errors import MailboxError
from distributor.flows.bounce import Clerk, Collector
from distributor.interfaces import Inbox
from distributor.returns.imap import Imap, ImapOptions
from distributor.returns.maildir import ASIDE, Maildir, MaildirOptions
from distributor.secret import Secret
from distributor.store.opening import open_store
from tests.imap_server import ImapServer
from tests.support import NOON, HandClock

MAILS = (b"Subject: one\r\n\r\nfirst\r\n", b"Subject: two\r\n\r\nsecond {3}\r\n", b"\xff\x00")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
    return tmp_path / "box"


def maildir(box: Path) -> Maildir:
    return Maildir("back", MaildirOptions(folder=str(box)))


def imap(server: ImapServer, password: str = "right", **fields: object) -> Imap:
    told = {"host": "127.0.0.1", "username": "desk", "password": Secret(password), "port": server.port, "timeout": 5.0}
    return Imap("back", ImapOptions(**{"tls": "none", **told, **fields}))  # type: ignore[arg-type]


def test_a_maildir_gives_its_mails_in_the_order_of_their_names_from_both_folders(box: Path) -> None:
    (box / "new" / "2.b").write_bytes(MAILS[1])
    (box / "cur" / "1.a:2,S").write_bytes(MAILS[0])
    (box / "new" / ".hidden").write_bytes(b"")
    (box / "tmp" / "3.c").write_bytes(b"half")
    inbox = maildir(box)
    assert isinstance(inbox, Inbox)
    assert list(inbox.letters()) == [("cur/1.a:2,S", MAILS[0]), ("new/2.b", MAILS[1])]
    inbox.close()


def test_no_link_leads_out_of_a_maildir(box: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (box / "new" / "1.a").symlink_to(tmp_path / "secret")
    assert list(maildir(box).letters()) == []


def test_a_mail_of_a_maildir_is_removed_or_moved_aside_and_a_second_time_is_no_error(box: Path) -> None:
    for name in ("1.a", "2.b"):
        (box / "new" / name).write_bytes(MAILS[0])
    inbox = maildir(box)
    for _ in range(2):
        inbox.remove("new/1.a")
        inbox.set_aside("new/2.b")
    assert list(inbox.letters()) == []
    assert [path.name for path in (box / ASIDE / "new").iterdir()] == ["2.b"]
    assert (box / ASIDE / "maildirfolder").is_file()


def test_a_mail_that_somebody_takes_away_meanwhile_is_none(box: Path) -> None:
    for name in ("1.a", "2.b"):
        (box / "new" / name).write_bytes(MAILS[0])
    found = maildir(box).letters()
    assert next(found)[0] == "new/1.a"
    (box / "new" / "2.b").unlink()
    assert list(found) == []


def test_what_is_no_maildir_or_cannot_be_read_is_said_plainly(box: Path, tmp_path: Path) -> None:
    with pytest.raises(MailboxError, match="it has no folder new"):
        list(maildir(tmp_path).letters())
    (box / "new" / "1.a").mkdir()
    with pytest.raises(MailboxError, match="is a directory"):
        maildir(box).remove("new/1.a")
    with pytest.raises(ValueError, match="no absolute path"):
        MaildirOptions(folder="box")


def test_imap_gives_every_mail_byte_for_byte_and_leaves_it_where_it_is() -> None:
    with ImapServer() as server:
        for raw in MAILS:
            server.put(raw)
        inbox = imap(server)
        assert isinstance(inbox, Inbox)
        assert list(inbox.letters()) == [("1", MAILS[0]), ("2", MAILS[1]), ("3", MAILS[2])]
        inbox.close()
        inbox.close()
        assert server.mails() == list(MAILS)


@pytest.mark.parametrize("abilities", [("UIDPLUS", "MOVE"), ("UIDPLUS",), ()])
def test_an_imap_mail_is_removed_or_moved_aside_whatever_the_server_can(abilities: tuple[str, ...]) -> None:
    with ImapServer(abilities=abilities) as server:
        for raw in MAILS:
            server.put(raw)
        inbox = imap(server)
        keys = [key for key, _ in inbox.letters()]
        inbox.remove(keys[0])
        inbox.set_aside(keys[1])
        inbox.close()
        assert server.mails() == [MAILS[2]]
        assert server.mails("distributor-unknown") == [MAILS[1]]
        inbox.set_aside(keys[2])  # the folder is there already; a new connection is made
        inbox.close()


def test_a_mail_that_is_gone_from_imap_meanwhile_is_none() -> None:
    with ImapServer() as server:
        server.put(MAILS[0])
        server.put(MAILS[1])
        inbox = imap(server)
        found = inbox.letters()
        assert next(found)[0] == "1"
        server.folders["INBOX"].clear()
        assert list(found) == []
        inbox.close()


def _taken(inbox: Imap, *, aside: bool) -> None:
    for key, _ in inbox.letters():
        (inbox.set_aside if aside else inbox.remove)(key)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("LOGIN", "not now"),
        ("SELECT", "cannot be opened"),
        ("UID SEARCH", "cannot be searched"),
        ("UID FETCH", "cannot be read"),
        ("UID STORE", "cannot be deleted"),
        ("UID EXPUNGE", "cannot be deleted"),
        ("UID MOVE", "cannot be moved"),
    ],
)
def test_what_an_imap_server_refuses_is_said_plainly_and_the_mail_stays(command: str, said: str) -> None:
    with ImapServer() as server:
        server.put(MAILS[0])
        server.refuses.append(command)
        inbox = imap(server)
        with pytest.raises(MailboxError, match=said):
            _taken(inbox, aside=command == "UID MOVE")
        inbox.close()
        assert server.mails() == [MAILS[0]]


def test_a_password_never_stands_in_an_error() -> None:
    with ImapServer() as server, pytest.raises(MailboxError) as caught:
        list(imap(server, password="hunter2hunter2").letters())
    assert "hunter2" not in str(caught.value)
    assert "wrong password" in str(caught.value)


def test_a_server_that_breaks_off_or_is_not_there_is_an_error_and_the_next_reading_begins_anew() -> None:
    with ImapServer() as server:
        server.put(MAILS[0])
        server.breaks.append("UID FETCH")
        inbox = imap(server)
        with pytest.raises(MailboxError, match=r"127\.0\.0\.1"):
            list(inbox.letters())
        assert list(inbox.letters()) == [("1", MAILS[0])]
        inbox.close()
        server.breaks.append("LOGOUT")
        list(inbox.letters())
        inbox.close()
    with pytest.raises(MailboxError, match=r"(?i)refused"):
        list(imap(server).letters())


@pytest.mark.parametrize("implicit", [True, False])
def test_the_mailbox_is_read_over_tls_with_a_verified_certificate_or_not_at_all(implicit: bool, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    pem = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(pem))
    tls = "tls" if implicit else "starttls"
    with ImapServer(tls=context, implicit=implicit, abilities=("STARTTLS", "MOVE")) as server:
        server.put(MAILS[0])
        inbox = imap(server, tls=tls, ca_file=str(pem))
        assert list(inbox.letters()) == [("1", MAILS[0])]
        inbox.close()
        server.commands.clear()
        with pytest.raises(MailboxError, match="certificate"):
            list(imap(server, tls=tls).letters())
        assert "LOGIN" not in server.commands


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tls": "none", "host": "imap.example.org"}, "not this machine"),
        ({"ca_file": "ca.pem"}, "ca_file"),
        ({"port": 70_000}, "port"),
        ({"folder": 'a"b'}, "folder"),
        ({"unknown_folder": "inbox"}, "read for ever"),
    ],
)
def test_a_mailbox_that_cannot_be_right_is_refused(fields: dict[str, object], said: str) -> None:
    told = {"host": "localhost", "username": "u", "password": Secret("p")} | fields
    with pytest.raises(ValueError, match=said):
        ImapOptions(**told)  # type: ignore[arg-type]


def test_a_relay_elsewhere_may_be_asked_in_the_clear_where_somebody_says_so() -> None:
    told = {"host": "imap.example.org", "username": "u", "password": Secret("p"), "tls": "none"}
    assert ImapOptions(**told, allow_plaintext=True).port is None  # type: ignore[arg-type]


@pytest.mark.parametrize("abilities", [("UIDPLUS", "MOVE"), ()])
def test_a_reading_by_imap_that_is_cut_off_after_the_commit_counts_nothing_twice(
    tmp_path: Path, abilities: tuple[str, ...]
) -> None:
    store = open_store(tmp_path, threaded=False)
    store.subscribers.subscribe("reader@example.org", ("morning",), now=NOON, source="operator")
    bounce = b"From: mailer-daemon@example.net\r\nSubject: Failure\r\n\r\n<reader@example.org>:\r\nover quota\r\n"
    with ImapServer(abilities=abilities) as server:
        server.put(bounce)
        server.put(b"Subject: hello\r\n\r\nwho are you?\r\n")
        inbox = imap(server)
        collector = Collector(inbox, Clerk(store.bounces, store.subscribers), HandClock())
        server.breaks = ["UID STORE", *(["UID MOVE"] if abilities else ["UID STORE"])]
        for _ in range(2):
            assert "127.0.0.1" in collector.run_once().error
        done = collector.run_once()
        assert (done.error, server.mails()) == ("", [])
        assert len(server.mails("distributor-unknown")) >= 1
    rows = store.bounces.list(limit=9)
    assert len(rows) == 2
    assert store.bounces.scores(5)[0][1].points == 1
    store.close()


def test_one_reading_takes_so_many_mails_and_leaves_the_others_for_the_next(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distributor.flows.bounce.MOST", 2)
    store = open_store(tmp_path / "state", threaded=False)
    for number in range(3):
        (box / "new" / f"{number}.a").write_bytes(b"Auto-Submitted: auto-replied\n\n%d\n" % number)
    collector = Collector(maildir(box), Clerk(store.bounces, store.subscribers), HandClock())
    assert (collector.run_once().read, collector.run_once().read) == (2, 1)
    assert list((box / "new").iterdir()) == []
    store.close()
