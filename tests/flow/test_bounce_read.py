"""``distributor bounce read``: mails judged from files, without any store."""

from __future__ import annotations

import json

from click.testing import CliRunner

from distributor.cli.root import cli
from tests.bounces import CORPUS


def test_people_are_told_in_plain_lines_whom_a_mail_is_about():
    result = CliRunner().invoke(cli, ["bounce", "read", str(CORPUS / "qmail-two-of-three.eml")])
    assert result.exit_code == 0
    assert "reader74@example.com: soft 5.2.2, score" in result.output


def test_who_is_not_named_is_said_plainly():
    result = CliRunner().invoke(cli, ["bounce", "read", str(CORPUS / "arf-redacted-recipient.eml")])
    assert "(nobody named): other, suppress" in result.output


def test_an_mbox_on_standard_input_gives_a_line_for_each_of_its_mails():
    mails = [(CORPUS / name).read_bytes() for name in ("exim-delayed.eml", "arf-not-spam.eml")]
    mbox = b"\n".join(b"From x Tue Nov 24 04:00:09 2026\n" + mail for mail in mails)
    result = CliRunner().invoke(cli, ["bounce", "read", "-", "--json"], input=mbox)
    assert [json.loads(line)["kind"] for line in result.output.splitlines()] == ["delayed", "other"]


def test_a_file_that_is_not_there_is_a_matter_of_usage(tmp_path):
    assert CliRunner().invoke(cli, ["bounce", "read", str(tmp_path / "none.eml")]).exit_code == 2
