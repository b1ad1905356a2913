"""Draws each panel of the dashboards from a run of a few minutes, and writes the tables of docs/operations.md that show them.

Two servers and a Prometheus watch people come and go: a calm minute, a crowd, a TURN server that refuses, somebody who guesses codes, an
engine that is away for a while. scripts/draw-panels runs this; with --tables it only writes the tables.
"""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "Support")]

import stun_client
from dashboards import Panel, legend, panels
from everyday_people import DIRECT, NO_RELAY, REFUSED, RELAYED, People
from panel_picture import Series, bars, curves
from panel_tables import PICTURES, write_tables
from prometheus_server import PrometheusServer
from server_process import ServerProcess
from watched_servers import Watched, watched

SECONDS = 240
STEP = 3
MOST_BYTES = 10_000
ORDINARY = [(DIRECT, 70), (RELAYED, 18), (None, 7), (NO_RELAY, 5)]
TURN_REFUSES = [(DIRECT, 40), (REFUSED, 55), (None, 5)]


async def run(world: Watched) -> None:
    """Each second somebody comes; what they meet depends on how far the run is."""
    chance = random.Random(1)
    everybody: list[asyncio.Task[Any]] = []
    async with People.of(world.with_file.url) as people, People.of(world.with_engine.url) as others:
        for second in range(SECONDS):
            part = second / SECONDS
            crowd = 3 if 0.25 < part < 0.45 else 1
            reports = TURN_REFUSES if 0.5 < part < 0.65 else ORDINARY
            for each in (people, others):
                for _ in range(chance.randint(0, 2 * crowd)):
                    (report,) = chance.choices(*zip(*reports, strict=True))
                    after = chance.lognormvariate(-1.2, 0.7)
                    everybody.append(asyncio.create_task(each.pair(report, after, stays=chance.uniform(1, 12))))
                everybody.append(asyncio.create_task(each.is_ready()))
                if chance.random() < 0.25:
                    everybody.append(asyncio.create_task(each.wait_alone(chance.uniform(1, 15))))
            if 0.25 < part < 0.45 and second % 4 == 0:
                everybody.append(asyncio.create_task(people.want_codes(40)))
            if 0.68 < part < 0.8:
                everybody.append(asyncio.create_task(people.guess(30)))
                if second % 3 == 0:
                    everybody.append(asyncio.create_task(people.guess(14, address=f"203.0.{second}.1", patience=6)))
            if chance.random() < 0.7:
                everybody.append(asyncio.create_task(asyncio.to_thread(stun_client.ask, world.stun_port)))
            if second == int(0.84 * SECONDS):
                world.engine.pause()
            if second == int(0.9 * SECONDS):
                world.engine.resume()
            await asyncio.sleep(1)
        # Some were cut off while the engine was away: that is what is shown.
        await asyncio.gather(*everybody, return_exceptions=True)


def drawn(panel: Panel, prometheus: PrometheusServer, begin: float, end: float) -> str | None:
    """The picture; None if there is nothing to be seen."""
    values = panel.entry["fieldConfig"]["defaults"]
    found = []
    for query, pattern in panel.queries(__rate_interval="12s", __range=f"{round(end - begin)}s"):
        for each in prometheus.query_range(query, begin, end, STEP):
            points = [(round((float(at) - begin) / STEP), float(value)) for at, value in each["values"] if value not in ("NaN", "+Inf")]
            if points:
                found.append(Series(legend(pattern, each["metric"]), points))
    if not found:
        return None
    if panel.entry["type"] != "timeseries":
        return bars(panel.title, found, values["unit"])
    custom = values["custom"]
    bound = values["thresholds"]["steps"][-1]["value"] if custom["thresholdsStyle"]["mode"] == "line" else None
    return curves(panel.title, found, values["unit"], (end - begin) / STEP, 60 / STEP, custom["stacking"]["mode"] == "normal", bound)


def main() -> None:
    if sys.argv[1:] != ["--tables"]:
        draw()
    write_tables()


def draw() -> None:
    started: list[ServerProcess] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def start(**options: str) -> ServerProcess:
            started.append(ServerProcess(folder / f"server-{len(started)}.log", **options))
            return started[-1]

        try:
            with watched(folder, start, room_ttl="20s") as world:
                begin = time.time()
                asyncio.run(run(world))
                end = time.time()
                PICTURES.mkdir(parents=True, exist_ok=True)
                for old in PICTURES.glob("*.svg"):
                    old.unlink()
                for panel in panels():
                    if picture := drawn(panel, world.prometheus, begin, end):
                        assert len(picture.encode()) < MOST_BYTES, f"{panel.title}: {len(picture)} bytes"
                        (PICTURES / f"{panel.name}.svg").write_text(picture)
                    else:
                        print(f"nothing to draw: {panel.title}")
        finally:
            for server in started:
                server.stop()


if __name__ == "__main__":
    main()
