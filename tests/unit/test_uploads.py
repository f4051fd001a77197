"""Forms with files, as browsers send them and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from distributor.web.readers.forms import MOST_FIELDS
from distributor.web.readers.uploads import Upload, parted

KIND = "multipart/form-data; boundary=----x1"


def body(*parts: tuple[str, bytes]) -> bytes:
    pieces = [b"------x1\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts]
    return b"".join(pieces) + b"------x1--\r\n"


def field(name: str, more: str = "") -> str:
    return f'Content-Disposition: form-data; name="{name}"{more}'


def test_fields_and_files_come_apart_with_their_bytes_as_they_are():
    content = b"a,b\r\n\r\n1,2\r\n\x00\xff--"
    told = body(
        (field("to"), b"morning"),
        (field("to"), "вечер".encode()),
        (field("file", '; filename="list.csv"') + "\r\nContent-Type: text/csv", content),
    )
    fields, files = parted(KIND, told)
    assert fields == {"to": ["morning", "вечер"]}
    assert files == [Upload(field="file", name="list.csv", content=content)]


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("C:\\\\lists\\\\a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\x07b.csv", "ab.csv"),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_files_name_has_no_folders_and_nothing_that_cannot_be_seen(given_name, name):
    _, (file,) = parted(KIND, body((field("file", f'; filename="{given_name}"'), b"x")))
    assert file.name == name


def test_a_file_that_nobody_chose_and_a_part_without_a_name_are_none():
    told = body((field("file", '; filename=""'), b""), ("Content-Type: text/plain", b"x"))
    assert parted(KIND, told) == ({}, [])


def test_what_stands_around_the_parts_is_none_of_them():
    told = b"before\r\n" + body((field("a"), b"1")) + b"behind ------x1\r\n"
    assert parted(KIND, told) == ({"a": ["1"]}, [])
    assert parted(KIND, b"") == ({}, [])
    assert parted(KIND, body((field("a"), b"1")).removesuffix(b"\r\n------x1--\r\n"))[0] == {"a": ["1"]}


def test_no_form_has_more_parts_than_are_read():
    fields, _ = parted(KIND, body(*[(field("a"), b"1")] * (MOST_FIELDS + 5)))
    assert len(fields["a"]) == MOST_FIELDS


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "multipart/form-data", "multipart/mixed; boundary=x", "\x00\r\nx: y"]
)
def test_what_is_no_form_with_files_is_refused(kind):
    with pytest.raises(HTTPException) as caught:
        parted(kind, b"")
    assert caught.value.status_code == 400


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_break_it(content, boundary):
    try:
        fields, files = parted(f"multipart/form-data; boundary={boundary}", content)
    except HTTPException:
        return
    assert all(isinstance(one, str) for values in fields.values() for one in values)
    assert all(isinstance(one.content, bytes) for one in files)
