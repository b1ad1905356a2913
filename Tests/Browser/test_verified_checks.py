"""The machines of verified pairing in browsers: the vectors, lost frames, broken connections, a dishonest server."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from chromium import CHROMIUM_FLAGS, PLAIN_HOST_FLAG, chromium
from firefox import Firefox
from verified_checks import checks_page

# Far more than they take; both pages compute with numbers of 255 bits.
LIMIT = 120.0
# As many as there are at the least: a page that lost some would pass.
LEAST = 120


def assert_all_passed(checked: dict[str, Any]) -> None:
    assert checked["failed"] == []
    assert checked["passed"] >= LEAST


@pytest.mark.limit(240)
@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_chromium_passes_the_checks_of_verified_pairing(tls_files: tuple[Path, Path], scheme: str) -> None:
    with checks_page(tls_files if scheme == "https" else None) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=[*CHROMIUM_FLAGS, PLAIN_HOST_FLAG])
            try:
                page = await browser.new_page(ignore_https_errors=True)
                page.on("pageerror", lambda error: print(error))
                page.on("console", lambda message: print(message.text))
                await page.goto(url)
                assert await page.evaluate("crypto.subtle !== undefined") is (scheme == "https")
                await page.wait_for_function("globalThis.checked", timeout=LIMIT * 1000)
                assert_all_passed(await page.evaluate("globalThis.checked"))
            finally:
                await browser.close()


@pytest.mark.limit(240)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_firefox_passes_the_checks_of_verified_pairing(fox: Firefox, tls_files: tuple[Path, Path], scheme: str) -> None:
    with checks_page(tls_files if scheme == "https" else None) as url:
        fox.open(url)
        assert fox.evaluate("isSecureContext") is (scheme == "https")
        assert_all_passed(fox.becomes("globalThis.checked", limit=LIMIT))
