"""The tables of domains and emoji, brought up to date from small files of the kinds that IANA and Unicode publish."""

from __future__ import annotations

from pathlib import Path

import pytest

from distributor.text.links import top_level_domains
from tests.tables import DATA, domains, emoji_groups, emoji_table, main, tlds_table

IANA = "# Version 2026120100, Last Updated Tue Dec  1 07:07:01 2026 UTC\nBY\nCOM\nNET\nXN--90AIS\nVERMOGENSBERATER\n"
UNICODE = """\
# emoji-test.txt
1F600                  ; fully-qualified     # grinning face
263A FE0F              ; fully-qualified     # smiling face
263A                   ; unqualified         # smiling face
270A 1F3FB             ; fully-qualified     # raised fist, light
1F575 FE0F 200D 2640 FE0F ; fully-qualified  # woman detective
1F469 200D 1F393       ; fully-qualified     # woman student
1F469 200D 1F466       ; fully-qualified     # family
1F468 200D 2695 FE0F   ; fully-qualified     # man health worker
1F1E7 1F1FE            ; fully-qualified     # flag: Belarus
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "tlds.txt").write_text("# version 1\nby com\n# own script\nбел\n", "utf-8")
    (tmp_path / "emoji.txt").write_text("# the head\npresentable ©\nmodifiable ☝\ngendered 🤵\nflags ACAD\n", "utf-8")
    (tmp_path / "iana").write_text(IANA, "utf-8")
    (tmp_path / "unicode").write_text(UNICODE, "utf-8")
    return tmp_path


def test_both_tables_are_refreshed_from_the_files_that_were_named(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--tlds", f"{data}/iana", "--emoji", f"{data}/unicode", "--data", str(data)]) == 0
    assert (data / "tlds.txt").read_text("utf-8").splitlines()[1:] == [
        *("# version 2026120100", "# country codes", "by", "# generic", "com net vermogensberater"),
        *("# internationalised, in their own script", "бел"),
    ]
    assert (data / "emoji.txt").read_text("utf-8") == (
        "# the head\npresentable ©☺\nmodifiable ☝✊\ngendered 🕵🤵\nflags ACADBY\n"
    )
    told = capsys.readouterr().out
    assert "tlds.txt: version 2026120100, new: net vermogensberater, gone: none" in told


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<html>", "the first line is '<html>'"),
        ("", "the first line is ''"),
        ("# Version 1\nBY\nno name\n", "'no name' is no name of a domain"),
        ("# Version 1\nNET\n", "3 of the 3 known domains are not in it"),
    ],
)
def test_what_is_not_the_list_changes_nothing(
    data: Path, capsys: pytest.CaptureFixture[str], source: str, complaint: str
) -> None:
    before = (data / "tlds.txt").read_bytes()
    (data / "iana").write_text(source, "utf-8")
    assert main(["--tlds", f"{data}/iana", "--data", str(data)]) == 2
    assert complaint in capsys.readouterr().err
    assert (data / "tlds.txt").read_bytes() == before
    assert main(["--emoji", f"{data}/iana", "--data", str(data)]) == 2
    assert main(["--emoji", f"{data}/nowhere", "--data", str(data)]) == 2
    assert main([]) == 2


def test_the_table_that_is_shipped_is_what_the_refresh_would_write() -> None:
    table = (DATA / "tlds.txt").read_text("utf-8")
    version = table.splitlines()[1].removeprefix("# version ")
    assert tlds_table(version, top_level_domains()) == table
    assert domains(f"# Version {version}, Last Updated\nBY\nXN--P1AI")[1] == ["by", "рф"]


def test_the_emoji_that_are_shipped_keep_their_order() -> None:
    table = (DATA / "emoji.txt").read_text("utf-8")
    assert emoji_table(table, {group: set() for group in emoji_groups(UNICODE)}) == table
    assert {group: "".join(sorted(found)) for group, found in emoji_groups(UNICODE).items()} == {
        "presentable": "☺", "modifiable": "✊", "gendered": "🕵", "attribute": "🎓", "sign": "⚕", "flags": "BY",
    }  # fmt: skip
