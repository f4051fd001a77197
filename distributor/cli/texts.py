"""``distributor text``: what the program makes of words, for scripts: JSON lines in and out. Must not keep lines.

One line in gives one line out, at once, so that a pipe of any length needs the memory of its longest line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import click

from distributor.cli.output import EXIT_DONE, EXIT_NEGATIVE
from distributor.text.dateline import split_dateline
from distributor.text.links import urls
from distributor.text.measure import PLATFORMS, WEIGHTS, weighing
from distributor.text.sentences import sentences as split_sentences
from distributor.text.summary import gist
from distributor.text.telegram import entity_json, read_html

Json = dict[str, Any]


@click.group(hidden=True)
def text() -> None:
    """What the program makes of words: JSON lines in, JSON lines out, for scripts.

    \b
    Example:
      distributor text dateline < stories.jsonl
    """


@text.command()
@click.option("--platform", type=click.Choice(list(PLATFORMS)), required=True, help="Whose arithmetic counts.")
@click.option("--weights", type=click.Choice(list(WEIGHTS)), default="v3", help="X's configuration; default v3.")
def measure(platform: str, weights: str) -> None:
    """How long each text is on a platform, and whether it is a valid post there.

    \b
    Example:
      distributor text measure --platform twitter < stories.jsonl
    """
    counted = weighing(WEIGHTS[weights]) if platform == "twitter" else PLATFORMS[platform]
    _answer(lambda line: {"length": counted.units(line["text"]), "valid": counted.is_valid(line["text"])})


@text.command()
@click.option("--platform", type=click.Choice(["twitter"]), required=True, help="Who would make links of them.")
def links(platform: str) -> None:  # noqa: ARG001 (there is one so far)
    """The addresses in each text that a platform makes links of.

    \b
    Example:
      distributor text links --platform twitter < stories.jsonl
    """
    _answer(lambda line: {"urls": [link.url for link in urls(line["text"])]})


@text.command()
@click.option(
    "--agency", "agencies", multiple=True, metavar="NAME", help="An agency beside the known ones; repeatable."
)
def dateline(agencies: tuple[str, ...]) -> None:
    """Each text without its dateline, and what the dateline said.

    \b
    Example:
      distributor text dateline < stories.jsonl
    """

    def answer(line: Json) -> Json:
        found, body = split_dateline(line["text"], agencies)
        parts = {name: (getattr(found, name) or None) if found else None for name in ("place", "date", "agency")}
        return {**parts, "body": body}

    _answer(answer)


@text.command()
@click.option("--limit", type=click.IntRange(min=1), required=True, help="Most units of the summary.")
@click.option("--platform", type=click.Choice(list(PLATFORMS)), default="console", help="Whose units count.")
@click.option("--language", default="en", help="Language of lines that name none (BCP 47); default en.")
def summary(limit: int, platform: str, language: str) -> None:
    """The summary of each story: its own description where a line has one, else its most telling sentences.

    \b
    Example:
      distributor text summary --limit 200 < stories.jsonl
    """
    units = PLATFORMS[platform].units

    def answer(line: Json) -> Json:
        told = gist(
            headline=line.get("headline", ""),
            summary=line.get("description", ""),
            body=line["text"],
            language=line.get("language") or language,
        )
        return {"summary": told.within(limit, units)}

    _answer(answer, ("headline", "description", "language"))


@text.command()
@click.option("--language", required=True, help="Language of the texts (BCP 47).")
def sentences(language: str) -> None:
    """The sentences of each text.

    \b
    Example:
      distributor text sentences --language en < stories.jsonl
    """
    _answer(lambda line: {"sentences": split_sentences(line["text"], language)})


@text.command()
def telegram() -> None:
    """Each text of Telegram's HTML mode as plain text and entities, or why it would be refused.

    \b
    Example:
      distributor text telegram < stories.jsonl
    """

    def answer(line: Json) -> Json:
        try:
            told, found = read_html(line["text"])
        except ValueError as error:
            return {"error": str(error)}
        return {"text": told, "entities": [entity_json(told, one) for one in found]}

    _answer(answer)


def _answer(answer: Callable[[Json], Json], optional: tuple[str, ...] = ()) -> None:
    """One answer for each line of standard input; a line that cannot be read gets ``error`` for its answer.

    Exits with 1 where there was such a line.
    """
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    is_clean = True
    for number, raw in enumerate(stdin, start=1):
        try:
            found = answer(_line(raw, optional))
        except ValueError as error:
            found = {"error": f"line {number}: {error}"}
            click.echo(found["error"], err=True)
            is_clean = False
        _say(stdout, found)
    sys.exit(EXIT_DONE if is_clean else EXIT_NEGATIVE)


def _line(raw: bytes, optional: tuple[str, ...]) -> Json:
    """One line as an object whose ``text`` is a text. Raises ValueError with what is wrong."""
    try:
        found = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: {error.reason} at byte {error.start + 1}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise ValueError('an object with "text" is expected, such as {"text": "..."}')
    for name in optional:
        if not isinstance(found.get(name, ""), str):
            raise ValueError(f'"{name}" must be a text')
    return found


def _say(stdout: BinaryIO, found: Json) -> None:
    """One line, at once: whoever writes line by line and waits for each answer must get it."""
    try:
        told = json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character came in as an escape, and goes out as one
        told = json.dumps(found).encode()
    stdout.write(told + b"\n")
    stdout.flush()
