"""A secret goes to its channel, and nowhere else: no message, no repr, no warning."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from distributor import channels, secret
from distributor.config import secrets
from distributor.config.report import Report
from distributor.errors import ConfigError
from tests.unit.config_kinds import KINDS, Chat, load

CHAT = '[channels.tg]\ntype = "chat"\nchat = "@a"\n'
#: what a secret may be made of; no sign that a message could hold for another reason
SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x4FF, categories=("L", "N", "P", "S")), min_size=8)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(channels, "kinds", lambda: KINDS)
    known = secret._known.copy()
    yield
    secret._known.clear()
    secret._known.update(known)


def _folder(parent: Path, mode: int = 0o600, **files: str) -> Path:
    folder = parent / "secrets"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(mode)
    return folder


def test_a_credential_is_the_file_of_that_name_without_white_space_around(tmp_path: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(_folder(tmp_path, telegram="12345:abc\n"))}
    found = load(tmp_path, config=CHAT + 'token = {credential = "telegram"}\n', environ=environ)
    assert isinstance(found.channels[0].options, Chat)
    assert found.channels[0].options.token.reveal() == "12345:abc"
    assert found.warnings == ()


def test_the_second_folder_is_asked_when_the_first_has_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "creds").mkdir()
    environ = {"CREDENTIALS_DIRECTORY": "creds", "DISTRIBUTOR_SECRETS": str(_folder(tmp_path, telegram="12345:abc"))}
    found = load(tmp_path, config=CHAT + 'token = {credential = "telegram"}\n', environ=environ)
    assert found.channels[0].options.token.reveal() == "12345:abc"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, config=CHAT + 'token = {credential = "telegarm"}\n', environ=environ)
    assert str(caught.value) == (
        "config.toml:4: channels.tg.token: there is no credential telegarm; "
        f"looked in {tmp_path}/creds ($CREDENTIALS_DIRECTORY), {tmp_path}/secrets ($DISTRIBUTOR_SECRETS)"
    )


def test_a_secret_in_the_file_works_and_is_warned_of(tmp_path: Path) -> None:
    found = load(tmp_path, config=CHAT + 'token = "12345:hidden"\n')
    assert found.channels[0].options.token.reveal() == "12345:hidden"
    assert found.warnings == (
        "config.toml:4: channels.tg.token: the secret stands in the file itself; "
        'better {credential = "NAME"} or {env = "NAME"}',
    )
    assert "hidden" not in repr(found)


def test_a_secret_that_everybody_can_read_is_warned_of_once(tmp_path: Path) -> None:
    environ = {"DISTRIBUTOR_SECRETS": str(_folder(tmp_path, mode=0o644, t="12345:abc"))}
    text = CHAT + 'token = {credential = "t"}\nbackup = {credential = "t"}\n'
    found = load(tmp_path, config=text, environ=environ)
    assert found.warnings == (f"{tmp_path}/secrets/t: every user of this machine can read this secret; chmod 600 it",)
    _folder(tmp_path, mode=0o640, t="12345:abc")
    assert load(tmp_path, config=text, environ=environ).warnings == ()


def test_a_folder_in_the_place_of_a_credential_is_reported(tmp_path: Path) -> None:
    (_folder(tmp_path) / "t").mkdir()
    with pytest.raises(ConfigError, match=r"secrets/t cannot be read \(is a directory\); make it readable"):
        load(tmp_path, config=CHAT + 'token = {credential = "t"}\n', environ={"DISTRIBUTOR_SECRETS": "secrets"})


def test_a_credential_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path, t="x" * ((1 << 20) + 1))
    with pytest.raises(secrets.Unusable, match="too large"):
        secrets.read_secret(folder / "t", Report("config.toml"))


def test_a_file_that_may_not_be_looked_at_counts_as_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    vault = secrets.Vault(
        {}, (secrets.Folder(variable="V", path=_folder(tmp_path, t="12345:abc")),), Report("config.toml")
    )
    monkeypatch.setattr(Path, "exists", refuse)
    found = vault.resolve(("channels", "a", "token"), {"credential": "t"})
    assert found is not None
    assert found.reveal() == "12345:abc"
    assert vault.resolve(("channels", "a", "token"), found) is found


@given(
    hidden=SECRETS,
    way=st.sampled_from(["plain", "env", "credential", "override", "file override"]),
    harm=st.sampled_from(
        ["", 'tokn = "{}"', "silent = 5", 'backup = ["{}"]', 'chat2 = "{}"', 'backup = {{env = "{}"}}']
    ),
)
@settings(max_examples=150, deadline=None)
def test_no_secret_is_ever_in_a_message_or_a_repr(hidden: str, way: str, harm: str) -> None:
    assume(hidden.strip() == hidden and "\x00" not in hidden)
    assume(not (hidden.isascii() and hidden.replace("_", "").isalpha()))  # plain words may be the name of a key
    quoted = json.dumps(hidden)[1:-1]
    source = {"plain": f'"{quoted}"', "env": '{env = "T"}', "credential": '{credential = "t"}'}
    text = f"{CHAT}token = {source.get(way, source['env'])}\n{harm.format(quoted)}\n"
    with tempfile.TemporaryDirectory() as name:
        files = {"file override": {"channels__tg__token": hidden}, "credential": {"t": hidden}}.get(way, {})
        environ = {"T": hidden, "DISTRIBUTOR_SECRETS": str(_folder(Path(name), 0o600, **files))}
        if way == "override":
            environ["DISTRIBUTOR_CHANNELS__TG__TOKEN"] = hidden
        try:
            found = load(Path(name), config=text, environ=environ)
        except ConfigError as error:
            assert harm
            said = f"{error} {error!r} {error.problems!r}"
        else:
            assert not harm
            assert found.channels[0].options.token.reveal() == hidden
            said = f"{found!r} {found.warnings}"
    assert hidden not in said
    assert json.dumps(hidden)[1:-1] not in said
