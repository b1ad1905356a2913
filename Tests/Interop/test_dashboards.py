"""The dashboards and the alerts: what they ask is asked of a real Prometheus that has watched real servers, and each alert fires when it should."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards import ALERTS, Panel, alerts, dashboards, panels
from everyday_people import DIRECT, NO_RELAY, REFUSED, RELAYED, People
from panel_tables import PAGE, PICTURES, with_tables
from prometheus_server import PrometheusServer
from server_process import REPOSITORY, ServerProcess
from stun_client import ask
from waiting import metrics, wait_until
from watched_servers import Watched, watched

SCENARIOS = Path(__file__).with_name("alerts_test.yml")
# Servers without TLS have no certificate, and nobody reloads anything here.
MAY_BE_EMPTY = {"Days until the certificate ends"}
MAY_BE_ABSENT = {"nt_tls_certificate_not_after_seconds"}
SELECTOR = re.compile(r"\b((?:nt|process)_\w+)(\{[^}]*\})?")
TRAFFIC_SECONDS = 4.0
MOST_GUESSES = 1000


def promtool(*arguments: str | Path) -> None:
    found = shutil.which("promtool", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found, "no promtool: run scripts/setup"
    run = subprocess.run([found, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_alert_fires_on_its_fault_and_on_nothing_else() -> None:
    promtool("check", "rules", ALERTS)
    promtool("test", "rules", SCENARIOS)
    ordinary, *faults = yaml.safe_load(SCENARIOS.read_text())["tests"]
    firing = {name for test in faults for name in re.findall(r'alertname="(\w+)"', str(test["promql_expr_test"]))}
    assert firing == {alert["alert"] for alert in alerts()}
    # What no ordinary day has a figure for cannot be silent on it.
    given = {re.match(r"\w+", series["series"])[0] for series in ordinary["input_series"]}
    assert given - {"up"} == {name for alert in alerts() for name, _ in SELECTOR.findall(alert["expr"])}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert set(alert["annotations"]) == {"summary", "description", "runbook"}
    page, anchor = alert["annotations"]["runbook"].split("#")
    headings = re.findall(r"^#+ (.+)$", (REPOSITORY / page).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", dashboards())
def test_a_dashboard_can_be_imported_anywhere(name: str) -> None:
    dashboard = dashboards()[name]
    assert dashboard["id"] is None
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert variables == {"datasource", "job", "instance"}
    own = [panel for panel in panels() if panel.dashboard == name]
    assert len({panel.entry["id"] for panel in own}) == len({panel.title for panel in own}) == len(own)
    for panel in own:
        assert panel.entry["description"].endswith("."), panel.title
        sources = [panel.entry["datasource"], *(target["datasource"] for target in panel.entry["targets"])]
        assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources), panel.title
        for target in panel.entry["targets"]:
            for selector in SELECTOR.findall(target["expr"]):
                assert 'job=~"$job",instance=~"$instance"' in selector[1], f"{panel.title}: {selector} leaves the choice of servers out"
    places = {(x, y) for panel in own for x in columns(panel) for y in rows(panel)}
    assert len(places) == sum(len(columns(panel)) * len(rows(panel)) for panel in own), "panels lie upon each other"
    assert {x for x, _ in places} == set(range(24))


def columns(panel: Panel) -> range:
    place = panel.entry["gridPos"]
    return range(place["x"], place["x"] + place["w"])


def rows(panel: Panel) -> range:
    place = panel.entry["gridPos"]
    return range(place["y"], place["y"] + place["h"])


def test_what_is_asked_has_an_answer(tmp_path: Path, start_server: Callable[..., ServerProcess]) -> None:
    with watched(tmp_path, start_server, room_ttl="3s") as world:
        prometheus = world.prometheus
        # Counters have to be seen at 0 before they rise.
        wait_until(lambda: len(prometheus.query("nt_build_info")) == 2, every=0.1)
        begin = now(prometheus)
        asyncio.run(asyncio.wait_for(everybody(world), 60))
        wait_until(lambda: told_of(prometheus.query('nt_codes_ended_total{how="expired"}')) >= 2, every=0.2)
        end = now(prometheus)
        empty = panels_without_data(prometheus, begin, end)
        assert empty <= MAY_BE_EMPTY, f"no data: {empty}"
        absent = series_that_alerts_miss(prometheus, begin, end)
        assert absent <= MAY_BE_ABSENT, f"no such series: {absent}"
        (group,) = prometheus.ask("rules")["groups"]
        assert {rule["health"] for rule in group["rules"]} == {"ok"}, group
        wait_until(lambda: "SignalingGuessing" in {alert["labels"]["alertname"] for alert in prometheus.ask("alerts")["alerts"]}, every=0.2)

        for query in lines_of("promql"):
            assert prometheus.query_range(query, begin, end, 1), f"{PAGE.name} asks in vain: {query}"
        # Its last line may be half written.
        log = world.with_file.log().rpartition("\n")[0] + "\n"
        fields = {line["message"]: set(line) for line in map(json.loads, log.splitlines())}
        for shown in map(json.loads, lines_of("json")):
            assert fields[shown["message"]] == set(shown)
        (tmp_path / "server.log").write_text(log)
        for command in commands_on(world.with_file):
            run = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=20)
            assert run.stdout and not run.stderr, f"{command}: {run.stdout}{run.stderr}"


def panels_without_data(prometheus: PrometheusServer, begin: float, end: float) -> set[str]:
    """By their titles: those with a query that has no figure at any moment. An error in a query raises."""
    # Rates over all of it, as whoever comes does so once.
    seconds = f"{round(end - begin) + 5}s"
    found = set()
    for panel in panels():
        for query, _ in panel.queries(__rate_interval=seconds, __range=seconds):
            series = prometheus.query_range(query, begin, end, 1)
            if not any(value not in ("NaN", "+Inf") for each in series for _, value in each["values"]):
                found.add(panel.title)
    return found


def series_that_alerts_miss(prometheus: PrometheusServer, begin: float, end: float) -> set[str]:
    found = set()
    for alert in alerts():
        prometheus.query(alert["expr"])
        found |= {name for name, labels in SELECTOR.findall(alert["expr"]) if not prometheus.query_range(name + labels, begin, end, 1)}
    return found


def lines_of(language: str) -> list[str]:
    """The lines of the blocks in that language on the page for operators, from the incidents on."""
    incidents = PAGE.read_text().split("\n## Incidents\n")[1].split("\n## ")[0]
    return [line for block in re.findall(rf"^```{language}\n(.*?)^```", incidents, re.MULTILINE | re.DOTALL) for line in block.splitlines()]


def commands_on(server: ServerProcess) -> list[str]:
    """Those that read the log, or ask the server."""
    own = [line for line in lines_of("sh") if " server.log" in line and "journalctl" not in line or "http://127.0.0.1:1234" in line]
    assert len(own) > 5
    return [line.replace("http://127.0.0.1:1234", server.url) for line in own]


def test_the_page_for_operators_shows_each_panel_and_alert() -> None:
    text = PAGE.read_text()
    assert text == with_tables(text), "run scripts/draw-panels, or where only words have changed scripts/draw-panels --tables"
    pictures = {picture.name for picture in PICTURES.glob("*.svg")}
    assert pictures <= {f"{panel.name}.svg" for panel in panels()}, "pictures of panels that are gone"
    assert {panel.title for panel in panels() if f"{panel.name}.svg" not in pictures} <= MAY_BE_EMPTY


def now(prometheus: PrometheusServer) -> float:
    return float(prometheus.ask("query", query="time()")["result"][1])


def told_of(series: list[dict[str, Any]]) -> float:
    return sum(float(each["value"][1]) for each in series)


async def everybody(world: Watched) -> None:
    reports = ((DIRECT, 0.1, 0.8), (RELAYED, 0.4, 0.2), (REFUSED, 0.2, 0.1), (NO_RELAY, 0.3, 0.1), (None, 0, 0.1))
    async with People.of(world.with_file.url) as people, People.of(world.with_engine.url) as others:
        pairs = [
            each.pair(report, after, stays=TRAFFIC_SECONDS * share) for each in (people, others) for report, after, share in reports
        ]
        alone = [each.wait_alone(1) for each in (people, others)]
        await asyncio.gather(asyncio.to_thread(ask, world.stun_port), *pairs, *alone, people.guess(16, address="203.0.113.1", patience=1))
        # The more codes are live, the fewer wrong ones make it look like guessing.
        for _ in range(MOST_GUESSES // 50):
            await people.want_codes(32)
            await people.guess(50)
            if (await metrics(world.with_file.url)).total("nt_code_guessing_alarms_total"):
                return
        raise AssertionError(f"no alarm after {MOST_GUESSES} guesses")
