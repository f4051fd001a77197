"""Write what the API's document takes from the pages: ``make api``."""

from __future__ import annotations

from tests.api.book import FILE, written

FILE.write_text(written(), "utf-8")
print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
