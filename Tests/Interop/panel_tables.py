"""The tables of docs/operations.md that show the panels, made from the dashboards and from the pictures that there are."""

import re

from dashboards import dashboards, panels
from server_process import REPOSITORY

PAGE = REPOSITORY / "docs" / "operations.md"
PICTURES = REPOSITORY / "docs" / "images" / "operations"
TABLE = re.compile(r"(<!-- Written by scripts/draw-panels: (\w+) -->\n).*?(<!-- /panels -->)", re.DOTALL)


def table(dashboard: str) -> str:
    rows = []
    for panel in panels():
        if panel.dashboard == dashboard:
            picture = PICTURES / f"{panel.name}.svg"
            shown = f"![{panel.title}](images/operations/{picture.name})" if picture.exists() else f"**{panel.title}**"
            rows.append(f"| {shown} | {panel.entry['description']} |\n")
    return "| Panel | What to see |\n| --- | --- |\n" + "".join(rows)


def with_tables(text: str) -> str:
    """The page as it should be."""
    assert {found[1] for found in TABLE.findall(text)} == set(dashboards()), f"{PAGE.name} has no place for each dashboard"
    return TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], text)


def write_tables() -> None:
    PAGE.write_text(with_tables(PAGE.read_text()))
