"""What a page may do in a browser: ask this machine, keep its own policy, keep nobody out. Opens none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOOK = "(" + (HERE / "look.js").read_text("utf-8").partition("(")[2]
AXE = (HERE / "vendor" / "axe.min.js").read_text("utf-8")
#: What axe finds that keeps people out; of a scheme of colours it is enough to ask for their contrast.
_ASK = """async (rules) => {
  const found = await axe.run(document, {resultTypes: ["violations"], iframes: false,
    ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {})});
  return found.violations.filter((one) => one.impact === "serious" || one.impact === "critical")
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target} ${node.html}`.slice(0, 300)));
}"""


def own_only(route: Any) -> None:
    """No picture, and nothing from elsewhere."""
    asked = route.request
    if asked.resource_type != "image" and asked.url.startswith(("http://127.0.0.1:", "about:")):
        route.continue_()
    else:
        route.abort()


def problems(page: Any, *rules: str) -> list[str]:
    """The serious and critical problems that axe finds on a page; of some rules alone, where they are named."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)  # by the debugger's door: the page's own policy would let none in
    found: list[str] = page.evaluate(_ASK, list(rules))
    return found


class Watch:
    """What pages did that they may not."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def over(self, page: Any) -> Any:
        """The page, looked after from now on."""
        page.on("console", lambda told: self._said(told.type, told.text))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", lambda asked: self._asked(asked.url))
        return page

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "about:", "data:", "blob:")):
            self.faults.append(f"asked {url}")


@contextmanager
def looked_after(browser: Any, **how: Any) -> Iterator[Any]:
    """A page of a new window; afterwards nothing was asked elsewhere, and nothing complained."""
    watch, context = Watch(), browser.new_context(**how)
    try:
        yield watch.over(context.new_page())
        assert not watch.faults, watch.faults
    finally:
        context.close()
