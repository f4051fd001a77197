"""Log lines for people or for machines, on the standard library alone. No secret may leave through any of them.

The filter sits on the handler, not on a logger: that way the lines of every library (httpx puts whole addresses, with
the bot's token in them, into its INFO lines) pass it too, whichever logger they were written to.
"""

from __future__ import annotations

import json as _json
import logging
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from distributor.secret import redact

#: libraries whose INFO and DEBUG lines say what went over the wire; several write tokens there
NOISY = (
    "apscheduler",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "tweepy",
    "telegram",
    "requests_oauthlib",
    "oauthlib",
    "urllib3",
    "requests",
)
#: what a library tells of an answer that it cannot read, with a trace and the page; the delivery's reason says it
SILENT = ("telegram.request",)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class RedactingFilter(logging.Filter):
    """Replaces every known secret in the message, the arguments, further fields, the exception and the stack.

    What a record holds is made into text here: an object that is formatted later could bring a secret back.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record passes, without its secrets. Other handlers get the cleaned record too."""
        record.msg = redact(_message(record))
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        record.exc_info = None
        record.exc_text = redact(record.exc_text) if record.exc_text else None
        record.stack_info = redact(record.stack_info) if record.stack_info else None
        for name in record.__dict__.keys() - _STANDARD:
            record.__dict__[name] = _clean(record.__dict__[name])
        return True


def _message(record: logging.LogRecord) -> str:
    """The formatted message; a line whose arguments do not fit is kept as it is, never lost."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} (with arguments that do not fit: {record.args!r})"


def _clean(value: Any) -> Any:
    """A further field without secrets: numbers and None as they are, all else as text, at any depth."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {redact(str(key)): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return redact(str(value))


class PlainFormatter(logging.Formatter):
    """``2026-11-30T07:00:00.120Z WARNING distributor.lanes: text``, and an exception below it."""

    def __init__(self) -> None:
        """Fix the shape of a line."""
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002 - stdlib's name
        """The instant in UTC, to the millisecond (RFC 3339)."""
        return _instant(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``at``, ``level``, ``logger``, ``message``, further fields, ``exception``, ``stack``."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, whatever its text holds."""
        line: dict[str, Any] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD and name not in line}
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["exception"] = record.exc_text
        if record.stack_info:
            line["stack"] = record.stack_info
        return _json.dumps(line, ensure_ascii=False, default=str)


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def setup(level: int | str, json: bool, stream: TextIO) -> logging.Handler:
    """Send all log lines to the stream through one redacting handler, in place of the root logger's present ones.

    ``level`` is a number or a name such as ``INFO`` (ValueError for any other). The libraries in :data:`NOISY` speak
    from WARNING up, those in :data:`SILENT` not at all. Returns the handler, so that a test or a command can take it
    away again.
    """
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(JsonFormatter() if json else PlainFormatter())
    root = logging.getLogger()
    root.setLevel(level.upper() if isinstance(level, str) else level)
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.captureWarnings(capture=True)
    return handler


def log_uncaught() -> None:
    """Send what nobody catches, in any thread, through the log and so through its redaction, not past it."""
    log = logging.getLogger("distributor")
    sys.excepthook = lambda kind, error, trace: log.critical("uncaught", exc_info=(kind, error, trace))
    threading.excepthook = lambda args: log.critical("uncaught in %s", _thread(args), exc_info=args.exc_value)


def _thread(args: threading.ExceptHookArgs) -> str:
    return args.thread.name if args.thread else "a thread"
