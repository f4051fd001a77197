"""A rule changed in its fields as a browser does it: told while it is filled in, saved only with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.desk_site import DeskSite, entered

pytestmark = [pytest.mark.no_cover, pytest.mark.xdist_group("desk in a browser")]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reason_is_asked_for_at_saving_and_not_while_fields_are_filled_in(
    browser: Any, site: DeskSite, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    entered(page, site)
    page.goto(f"{site.address}/desk/schedules/channels/y")
    page.get_by_label("At most in an hour").fill("7")
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("heading", name="What it would change").wait_for()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("heading", name="What it would change").is_visible()
    assert page.evaluate("document.activeElement.id") == "reason"  # the browser leads there
    if scripts:
        page.get_by_label("At most in a day").fill("40")
        page.get_by_text("At most 7 an hour; at most 40 a day").wait_for()
        page.get_by_label("Between two posts at least", exact=True).fill("1h30m")
        page.get_by_text("a post every 90 min at most").wait_for()
    page.get_by_label("At most in an hour").fill("8")
    page.get_by_role("button", name="Look again").click()
    page.get_by_text("At most 8 an hour").wait_for()
    context.close()
