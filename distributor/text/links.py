"""Web addresses in text and their identity. Must not fetch anything, nor guess what an address leads to.

``urls`` follows X's published rules of what its counter takes for an address (twitter-text, configuration v3):
with or without a scheme, as long as the last label is a known top-level domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit, urlunsplit

#: parameters that only say where a reader came from; they never name another page
_TRACKING = re.compile(
    r"(?:utm_.*|at_(?:medium|campaign|custom\d|link_.*|bbc_team|ptr_name|format)|mc_[ce]id|_hs(?:enc|mi)|ns_(?:mchannel|source|campaign|linkname|fee)"
    r"|fbclid|g(?:clid|clsrc|braid)|wbraid|dclid|y(?:s?clid)|msclkid|twclid|ttclid|igshid|igsh|li_fat_id|mkt_tok|vero_id"
    r"|_openstat|xtor|maca|cmpid|_ga|_gl|spm|oly_(?:anon|enc)_id|traffic_source)=?",
    re.IGNORECASE,
)
#: parameters in which the big stores and networks sign an address (AWS, Google, Azure, CloudFront, Akamai, Cloudflare,
#: nginx's secure_link and their like)
_SIGNATURE = re.compile(
    r"(?:x-(?:amz|goog|oss|ms)-signature|signature|sig|hmac|hdn(?:ts|ea|tl)|key-pair-id|verify|md5|sign|__token__)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Hebrew, Arabic and their like
_RIGHT_TO_LEFT = re.compile("[\u05be\u05c0\u05c3\u05d0-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
#: longest host label in octets (RFC 1035 section 2.3.4)
_LABEL = 63
#: longest slug behind t.co/ (twitter-text)
_TCO_SLUG = 40
#: no longer than X's own short addresses, which have rules of their own
_LONGEST_TCO = len("https://t.co")
#: Addresses whose name is kept once made: a feed is read again and again, and most of it stays.
_KEPT = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An address in a text; offsets count code points."""

    start: int
    end: int
    #: as it stands in the text
    url: str
    #: whether it begins with http:// or https://
    has_scheme: bool


@cache
def top_level_domains() -> frozenset[str]:
    """All top-level domains of the data file, lower case, each in its own script."""
    text = (files("distributor.text") / "data" / "tlds.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def absolute(link: str, base: str) -> str:
    """The absolute http(s) address of a link found in the document at ``base``; empty for anything else."""
    text = "".join(link.split()) if "\n" in link else link.strip()
    try:
        joined = urljoin(base, text) if text else ""
        parts = urlsplit(joined)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in parts.netloc
    except ValueError:
        return ""
    return joined.replace(" ", "%20") if usable else ""


def _trie(words: Iterable[str]) -> str:
    """A regular expression for exactly these words, longest first, without trying each in turn."""
    tree: dict[str, list[str]] = {}
    ends = False
    for word in words:
        if word:
            tree.setdefault(word[0], []).append(word[1:])
        else:
            ends = True
    if not tree:
        return ""
    branches = [re.escape(first) + _trie(rest) for first, rest in sorted(tree.items())]
    body = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return f"{body}?" if ends else body


_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    "\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SPACE = "\\s\u180e"
_NEVER = "\ufffe\ufeff\uffff"
#: a character of a host label
_D = r"[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$" + _SPACE + _NEVER + _DIRECTION + "]"
#: characters of a path, and those it may end with
_C = rf"[a-zA-Z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PARENS = rf"\((?:{_C}+|{_C}*\({_C}+\){_C}*)\)"
_PATH_END = rf"(?:[+\-a-zA-Z\u0400-\u04ff0-9=_#/{_LATIN}]|{_PARENS})"
_PATH = rf"/(?:{_C}*(?:{_PARENS}{_C}*)*{_PATH_END}|@{_C}+/)*"
_QUERY = r"\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/]"


#: where an address may be: no top-level domain begins with a digit, and most texts hold no such dot but in a link
_DOT = re.compile(r"\.(?=[^\W\d_])")
#: an address as nearly all are written, up to the end of its host; short enough for each label to be one
_PLAIN = re.compile(
    r"https?://(?=[^/?#\s]{1,63}(?:[/?#\s]|\Z))(?:[a-zA-Z0-9](?:[a-zA-Z0-9\-]*[a-zA-Z0-9])?\.)+(?P<tld>[a-z]+)(?=[/?#\s]|\Z)"
)
_AFTER_HOST = re.compile(rf"(?:{_PATH})?(?:{_QUERY})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Patterns:
    hit: re.Pattern[str]
    url: re.Pattern[str]
    ascii_domain: re.Pattern[str]
    tco: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Built on first use: the list of top-level domains makes them large."""
    tld = rf"(?:(?:{_trie(top_level_domains())})(?![0-9a-zA-Z@+\-])|xn--[\-0-9a-z]+)"
    domain = rf"(?:(?:{_D}(?:[_\-]|{_D})*)?{_D}\.)*(?:(?:{_D}(?:-|{_D})*)?{_D}\.){tld}"
    url = (
        rf"(?P<before>[^a-zA-Z0-9@＠$#＃{_NEVER}]|^)(?P<scheme>https?://)?(?P<domain>{domain})"
        rf"(?P<port>:[0-9]+)?(?P<path>{_PATH})?(?:{_QUERY})?"
    )
    return _Patterns(
        hit=re.compile(rf"\.{tld}", re.IGNORECASE),
        url=re.compile(url, re.IGNORECASE),
        ascii_domain=re.compile(rf"(?:[\-a-z0-9{_LATIN}]+\.)+{tld}", re.IGNORECASE),
        tco=re.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", re.IGNORECASE),
    )


def urls(text: str) -> list[Span]:
    """Every address X would see in ``text``, in order; each is shown, and counted, as a link.

    Source: twitter-text, ``extractUrlsWithIndices``, held to its conformance files.
    """
    found: list[Span] = []
    done = 0
    for dot in _DOT.finditer(text):
        at = dot.start()
        if at < done:
            continue
        start = max(text.rfind(" ", 0, at), 0)
        end = text.find(" ", at)
        end = len(text) if end < 0 else end
        if "://" in text[start:end] or _patterns().hit.match(text, at):
            found.extend(_urls_between(text, start, end))
            done = end
    return found


def _urls_between(text: str, start: int, end: int) -> Iterator[Span]:
    """The addresses of one stretch that no address can leave, because spaces bound it."""
    position = start
    while _DOT.search(text, position, end):
        if span := _plain(text, position, end):
            position = span.end
            yield span
            continue
        match = _patterns().url.search(text, position, end)
        if match is None:
            return
        position = match.end()
        if match["scheme"]:
            span = _with_scheme(text, match)
            if span:
                position = span.end
                yield span
        elif match["before"] not in {"-", "_", ".", "/"}:
            yield from _without_scheme(text, match)


def _plain(text: str, position: int, end: int) -> Span | None:
    """The first address of a stretch where it is written as nearly all are; found without the large patterns.

    None: there may be one all the same. What it gives is what they would find, and a test holds it to that.
    """
    match = _PLAIN.search(text, position, end)
    if match is None or match["tld"] not in top_level_domains() or match.end() - match.start() <= _LONGEST_TCO:
        return None
    start = match.start()
    if (start and text[start - 1] not in " \n") or _DOT.search(text, position, start):
        return None
    after = _AFTER_HOST.match(text, match.end(), end)
    stop = after.end() if after else match.end()
    return Span(start=start, end=stop, url=text[start:stop], has_scheme=True)


def _with_scheme(text: str, match: re.Match[str]) -> Span | None:
    start = match.start("scheme")
    tco = _patterns().tco.match(text, start, match.end())
    if tco and len(tco[1]) > _TCO_SLUG:
        return None
    if not _is_host(match["domain"]):
        return None
    end = tco.end() if tco else match.end()
    return Span(start=start, end=end, url=text[start:end], has_scheme=True)


def _without_scheme(text: str, match: re.Match[str]) -> Iterator[Span]:
    """Bare domains: only their plain Latin part counts, and only the last one owns the path."""
    if not _is_host(match["domain"]):
        return
    parts = list(_patterns().ascii_domain.finditer(text, match.start("domain"), match.end("domain")))
    for part in parts:
        is_last = part is parts[-1]
        end = match.end() if is_last and match["path"] else part.end()
        yield Span(start=part.start(), end=end, url=text[part.start() : end], has_scheme=False)


def _is_host(domain: str) -> bool:
    """No label too long once encoded, none that only pretends to be encoded (RFC 5890) or runs both ways (RFC 3454)."""
    return all(len(label) <= _LABEL if label.isascii() else _can_be_encoded(label) for label in domain.split("."))


def _can_be_encoded(label: str) -> bool:
    if label.lower().startswith("xn--") or len(label.encode("punycode", "replace")) + 4 > _LABEL:
        return False
    return not (_RIGHT_TO_LEFT.search(label) and re.search("[a-zA-Z]", label))


def with_query(url: str, **params: str) -> str:
    """The address with parameters added at the end of its query; everything that stood there stays as it was.

    A parameter that stands there already with this very value is not added twice.
    """
    base, hash_, fragment = url.partition("#")
    _, question, query = base.partition("?")
    present = query.split("&")
    added = [pair for pair in (f"{quote_plus(k)}={quote_plus(v)}" for k, v in params.items()) if pair not in present]
    if not added:
        return url
    joint = "" if question and (not query or query.endswith("&")) else "&" if question else "?"
    return base + joint + "&".join(added) + hash_ + fragment


def is_signed(url: str) -> bool:
    """Whether an address carries a signature over itself, as one for a limited time does: a further one breaks it."""
    query = url.partition("#")[0].partition("?")[2]
    return any(_SIGNATURE.fullmatch(pair.partition("=")[0]) for pair in query.split("&"))


def tracked(url: str, marks: Iterable[tuple[str, str]], marker: str = "") -> str:
    """The address with where its reader comes from (``utm_`` and each name of ``marks``), and with a delivery's name.

    What a feed says by the same names gives way; everything else stays as it was. A signed address is left alone: a
    delivery is known by its words then.
    """
    if not url or is_signed(url):
        return url
    added = {f"utm_{name}": value for name, value in marks}
    base, hash_, fragment = url.partition("#")
    path, question, query = base.partition("?")
    kept = [pair for pair in query.split("&") if pair.partition("=")[0].lower() not in added]
    rest = "&".join(kept)
    bare = path + (question if rest or not added else "") + rest + hash_ + fragment
    return with_query(bare, **added, **({"utm_id": marker} if marker else {}))


@lru_cache(maxsize=_KEPT)
def canonical(url: str) -> str:
    """The address as a name: two spellings of one page give one text. Never meant to be fetched.

    Scheme and host in lower case (RFC 3986 section 6.2.2), http counts as https, no default port, trailing dot,
    fragment or tracking parameter; one trailing slash goes. ``www.`` stays: it may be another site.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:  # not an address at all: it can only be equal to itself
        return url.strip()
    scheme = parts.scheme.lower()
    host = _ascii_host((parts.hostname or "").rstrip(".")).rstrip(".")
    if not host:  # a name such as urn:uuid:...
        return url.strip()
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    path = re.sub(r"(?<!/)/\Z", "", _encoded(parts.path)) or "/"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _is_tracking(pair))
    return urlunsplit(("https" if scheme == "http" else scheme, host, path, _encoded(query), ""))


def _is_tracking(pair: str) -> bool:
    return _TRACKING.fullmatch(pair.partition("=")[0]) is not None


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower() if not host.isascii() else host
    except UnicodeError:
        return host


def _encoded(part: str) -> str:
    """Percent-encoding in one spelling: non-ASCII as UTF-8, hexadecimal digits upper case (RFC 3986 section 2.1)."""
    part = quote(part, safe="/%:@!$&'()*+,;=~?[]", errors="replace")
    return re.sub(r"%[0-9a-fA-F]{2}", lambda match: match[0].upper(), part)


def display(url: str, limit: int = 40) -> str:
    """The address as a reader likes to see it: host and path without ornament, at most ``limit`` characters."""
    try:
        parts = urlsplit(url.strip())
        host = _readable_host((parts.hostname or "").removeprefix("www."))
    except ValueError:
        return url.strip()
    shown = (host + unquote(parts.path)).rstrip("/") or url.strip()
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _readable_host(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host
