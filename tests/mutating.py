"""Documents that are nearly right: one of every kind, and what becomes of them on the way. Made up, not copied.

``python -m tests.mutating --count 200000 --seed 1`` reads so many and prints what it saw (``make nightly``'s fuzz run);
``--samples FOLDER`` mutates the files of a folder, too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from distributor.errors import ParseError
from distributor.sources import readers
from distributor.sources.parsed import Reading, to_json

RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>News</title><language>be</language><item><title>Мост &amp; river &mdash; <b>open</b></title>
<link>/bridge?a=1&amp;b=2</link>
<guid isPermaLink="false">n-1</guid><pubDate>Fri, 02 Oct 2026 11:54:00 +0300</pubDate>
<dc:creator>Ann (a@b.example)</dc:creator>
<category domain="http://cv.iptc.org/newscodes/urgency/">2</category><category>Society, Minsk, roads</category>
<description><![CDATA[<p>MINSK, 2 October (BelTA) &#8211; It is <a href="x">open</a>.</p>]]></description>
<content:encoded><![CDATA[<p>Long <img src="/p.jpg" alt="A bridge">text.</p>]]></content:encoded>
<media:content url="/b.jpg" type="image/jpeg" width="800">
<media:credit>House</media:credit></media:content></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://n.example/a/"><title>News</title>
<entry><id>tag:n.example,2026:1</id><title type="html">A &amp;lt;b&amp;gt;</title><link rel="alternate" href="1"/>
<link rel="alternate" hreflang="ru" href="ru/1"/><published>2026-10-02T08:54:00Z</published>
<updated>2026-10-02T09:00:00+03:00</updated>
<author><name>Ann</name></author><category term="x" label="X"/><summary>Short.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long.</p></div></content></entry></feed>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://n.example/1</loc><lastmod>2026-10-02</lastmod><news:news><news:publication><news:name>N</news:name>
<news:language>be</news:language></news:publication><news:publication_date>2026-10-02T08:54:00Z</news:publication_date>
<news:title>Мост &nbsp; open</news:title><news:keywords>a, b</news:keywords></news:news></url></urlset>"""
PAGE = """<!doctype html><html lang="en"><head><title>Bridge | News</title><meta charset="utf-8">
<link rel="canonical" href="https://n.example/1"><meta property="og:title" content="Bridge">
<meta property="og:image" content="/b.jpg">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle","headline":"Bridge",
"datePublished":"2026-10-02T08:54:00Z","author":[{"@type":"Person","name":"Ann"}],"image":{"url":"/b.jpg","width":800},
"correction":"It was wrong.","keywords":["a","b"]}]}</script></head>
<body><nav><a href="/x">x</a></nav><main><h1>Bridge</h1>
<div class="date_full">02 October 2026, 11:54</div><div class="js-mediator-article">
<p>MINSK (BelTA) – It is open.</p></div>
<ul><li><a href="/news/view/one-story-of-today-1-2026/">One story of today</a></li>
<li><a href="/news/view/two-2-2026/">Two of
them today</a></li><li><a href="/sport/view/three-3-2026/">Three are told today</a></li></ul></main></body></html>"""
FILE = """---
title: "Bridge: opens"
date: 2026-10-02 11:54
tags: [a, 'b']
authors:
  - Ann
summary: >
  Short.
url: https://n.example/1
---
# Bridge

It is **open** and [long](https://x.example "t"). `code` ![p](x.png)

- one
- two
"""


def documents() -> Sequence[bytes]:
    """One of every kind."""
    item = {
        "id": "1",
        "url": "/1",
        "title": "Bridge",
        "content_html": "<p>x</p>",
        "date_published": "2026-10-02T08:54:00Z",
    }
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [item | {"authors": [{"name": "A"}], "tags": ["x"]}],
    }
    post = {
        "id": 1,
        "link": "https://n.example/1",
        "date_gmt": "2026-10-02T08:54:00",
        "title": {"rendered": "A &#8211; b"},
        "content": {"rendered": "<p>x</p>"},
        "_embedded": {"wp:term": [[{"taxonomy": "category", "name": "x"}]], "author": [{"name": "A"}]},
    }
    picture = {"type": "picture", "renditions": {"a": {"href": "/b.jpg", "width": 800}}, "usageterms": "none"}
    ninjs = {
        "uri": "https://n.example/1",
        "pubstatus": "usable",
        "urgency": 3,
        "headline": "Bridge",
        "body_html": "<p>x</p>",
        "bodies": [{"role": "main", "contentType": "text/plain", "value": "x"}],
        "associations": {"main": picture},
        "subject": [{"name": "x"}],
        "embargoed": "2026-10-02T08:54:00Z",
    }
    texts = [RSS, ATOM, SITEMAP, PAGE, FILE, *(json.dumps(one) for one in (feed, [post], {"items": [ninjs]}))]
    return [text.encode() for text in texts]


#: What is put into documents: ends of things, beginnings of others, numbers and letters that break readers.
PIECES = [
    *(
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
        b"</",
        b'"',
        b"'",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\\",
    ),
    *(
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xf0\x9f\x98\x80",
        b"&#0;",
        b"&#xD800;",
        b"&nbsp;",
        b"&x;",
    ),
    *(
        b"null",
        b"true",
        b"-1",
        b"1e999",
        b"NaN",
        b"9" * 400,
        b"2026-99-99T99:99:99Z",
        b"0000-00-00",
        b"+99:99",
        b"\n\n",
    ),
    *(
        b"<div>" * 60,
        b"<script>",
        b"<style>",
        b"<base href='x:'>",
        b"<!DOCTYPE x [",
        b"<item>",
        b"<url>",
        b"---\n",
        b"+++\n",
    ),
    *(b"javascript:x", b"http://[", b"//", b"../" * 9, b"%", b"\xd0\xbc" * 30, b"\t" * 50, b"[" * 300, b'{"a":' * 200),
]


def mutated(body: bytes, random: Random) -> bytes:
    """The document after one to six things happened to it."""
    found = bytearray(body)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        at, to = sorted((random.randrange(len(found) + 1), random.randrange(len(found) + 1)))
        to = min(to, at + random.choice((1, 8, 64, 10_000)))
        match random.randrange(7):
            case 0:
                del found[at:to]
            case 1:
                found[at:at] = random.choice(PIECES)
            case 2:
                found[at:to] = random.choice(PIECES)
            case 3:
                found[at:at] = found[at:to]
            case 4:
                found[at:to] = bytes(byte ^ random.choice((1, 32, 128, 255)) for byte in found[at:to][:64])
            case 5:
                del found[to:]
            case _:
                found[at:to] = bytes(found[at:to])[::-1]
    return gzip.compress(bytes(found), mtime=0) if random.randrange(40) == 0 else bytes(found)


def mutations(bodies: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """So many documents; the same for the same seed."""
    random = Random(seed)
    for _ in range(count):
        yield mutated(random.choice(bodies), random)


def read(body: bytes, kind: str) -> str:
    """Read as one kind and as a listing; what came of it, in a word. Whatever is no ParseError escapes."""
    reading = Reading(feed="f", kind=kind, zone="Europe/Minsk", agencies=("BelTA",))
    outcome = "read"
    try:
        json.dumps(to_json(readers.parse(body, "https://n.example/", "", reading)))
    except ParseError as error:
        _check(error)
        outcome = "refused"
    try:
        readers.leads(body, "https://n.example/", "", reading)
    except ParseError as error:
        _check(error)
    return outcome


def _check(error: ParseError) -> None:
    """A reason is one plain line."""
    if "\n" in str(error) or not str(error):
        raise AssertionError(repr(error))


def main() -> int:
    """Read them all; 0 when nothing escaped and none took a second of processor time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=Path)
    asked = parser.parse_args()
    bodies = [*documents()]
    if asked.samples:
        bodies += [path.read_bytes()[:6_000] for path in sorted(asked.samples.iterdir())]
    kinds = ["auto", *readers.READERS]
    outcomes: Counter[str] = Counter()
    slowest, bad, begun = 0.0, 0, time.monotonic()
    for number, body in enumerate(mutations(bodies, asked.count, asked.seed)):
        kind = kinds[number % len(kinds)] if number % 3 else "auto"
        start = time.process_time()
        try:
            outcomes[read(body, kind)] += 1
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            bad += 1
            print(f"document {number} of seed {asked.seed} as {kind}: {error!r}", flush=True)
        took = time.process_time() - start
        slowest = max(slowest, took)
        if took > 1:
            bad += 1
            print(f"document {number} of seed {asked.seed} as {kind} took {took:.2f} s", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{asked.count} documents in {time.monotonic() - begun:.0f} s: {dict(outcomes)}, "
        f"not caught or over 1 s: {bad}, slowest {slowest:.2f} s, memory of the whole process at most {memory} MiB"
    )
    return 1 if bad or memory > 256 else 0


if __name__ == "__main__":
    sys.exit(main())
