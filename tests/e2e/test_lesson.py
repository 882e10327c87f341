"""The clock of the lesson, which lives in the browser alone."""

import re

import pytest

pytestmark = pytest.mark.timeout(600)

CLOCK = """() => [...document.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot?.querySelectorAll("*") ?? [])])
  .filter((node) => node.classList.contains("left")).map((node) => node.textContent).join()"""


def seconds(text: str) -> int:
    minutes, rest = re.search(r"(\d+):(\d\d) left for this step", text).groups()
    return 60 * int(minutes) + int(rest)


def test_the_clock_shows_one_time_and_stands_still_when_paused(furnished, page):
    from playwright.sync_api import expect

    furnished.open(page, "lesson")
    page.get_by_role("button", name="Begin the lesson").click()
    for _ in range(2):
        page.get_by_role("button", name="Next").click()
        furnished.settle(page)

    def watched() -> list[int]:
        found = []
        for _ in range(15):
            found.append(seconds(page.evaluate(CLOCK)))
            page.wait_for_timeout(150)
        return found

    def steady(longest: int) -> bool:
        """Whether the clock soon shows one time that runs down by at most so many seconds while it is watched."""
        for _ in range(10):
            found = watched()
            if found == sorted(found, reverse=True) and found[0] - found[-1] <= longest:
                return True
        return False

    assert steady(20)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Start", exact=False).first).to_be_visible()
    furnished.settle(page)
    assert steady(0)
    assert ", paused" in page.evaluate(CLOCK)
