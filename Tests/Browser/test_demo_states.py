"""Every state of the page in both colour schemes, on a desk and in a hand: judged by axe, never wider than the screen, and pictured."""

import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page

from demo_states import STATES, World
from narrowest import NARROWEST, too_wide
from visitor import Visitor

IMAGES = Path(__file__).parents[2] / "docs/images"
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def world(arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path) -> World:
    return World(arrive, start_server, tmp_path)


@pytest.mark.parametrize("state", STATES)
def test_state(state: str, world: World, request: pytest.FixtureRequest) -> None:
    visitor = STATES[state](world)
    page = visitor.page
    # Axe would otherwise meet colours in the middle of a transition.
    page.emulate_media(reduced_motion="reduce")
    draws = request.config.getoption("--pictures")
    # Axe looks at a state for seconds: each scheme and each size once is enough for it.
    for scheme, device in itertools.product(("light", "dark"), SIZES) if draws else (("light", "phone"), ("dark", "desktop")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(SIZES[device])
        violations = axe_violations(visitor)
        assert not violations, f"{state}, {scheme}, {device}: {json.dumps(violations, indent=1)}"
        if draws:
            # What was pressed last is not to look as if it were about to be.
            page.mouse.move(0, 0)
            draw(page, IMAGES / f"demo-{state}-{scheme}-{device}.png")
    page.set_viewport_size(NARROWEST)
    assert too_wide(visitor) == []


def draw(page: Page, path: Path) -> None:
    """A palette is enough for a page of few colours, and a third of the size."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled")))
    picture.convert("RGB").quantize(48, dither=Image.Dither.NONE).save(path, optimize=True)


def axe_violations(visitor: Visitor) -> list[dict[str, Any]]:
    found = Axe().run(visitor.page).response["violations"]
    return [{"rule": rule["id"], "help": rule["help"], "nodes": [node["html"] for node in rule["nodes"]]} for rule in found]
