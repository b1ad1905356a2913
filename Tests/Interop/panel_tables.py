"""The tables of docs/operations.md that show panels and alerts, made from their files and from the pictures that there are."""

import re

from dashboards import alerts, dashboards, panels
from server_process import REPOSITORY

PAGE = REPOSITORY / "docs" / "operations.md"
PICTURES = REPOSITORY / "docs" / "images" / "operations"
TABLE = re.compile(r"(<!-- Written by scripts/draw-panels: (\w+) -->\n).*?(<!-- /table -->)", re.DOTALL)
# What Prometheus puts into an alert's words.
VALUE = re.compile(r"\{\{.*?\}\}")


def table(dashboard: str) -> str:
    rows = []
    for panel in panels():
        if panel.dashboard == dashboard:
            picture = PICTURES / f"{panel.name}.svg"
            shown = f"![{panel.title}](images/operations/{picture.name})" if picture.exists() else f"**{panel.title}**"
            rows.append(f"| {shown} | {panel.entry['description']} |\n")
    return "| Panel | What to see |\n| --- | --- |\n" + "".join(rows)


def table_of_alerts() -> str:
    rows = []
    for alert in alerts():
        says = alert["annotations"]
        anchor = says["runbook"].partition("#")[2]
        rows.append(f"| [`{alert['alert']}`](#{anchor}) | {alert['labels']['severity']} | {VALUE.sub('…', says['description'])} |\n")
    return "| Alert | Severity | What it says |\n| --- | --- | --- |\n" + "".join(rows)


def with_tables(text: str) -> str:
    """The page as it should be."""
    tables = {"alerts": table_of_alerts(), **{name: table(name) for name in dashboards()}}
    assert {found[1] for found in TABLE.findall(text)} == set(tables), f"{PAGE.name} has no place for each of {', '.join(tables)}"
    return TABLE.sub(lambda found: found[1] + tables[found[2]] + found[3], text)


def write_tables() -> None:
    PAGE.write_text(with_tables(PAGE.read_text()))
