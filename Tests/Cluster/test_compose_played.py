"""compose.cluster.yaml played through with processes of this machine: its settings, commands and files, from the first code to a node's end."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from balancers import RECIPES, running
from cluster import Cluster
from cluster_checks import assert_one_home_each
from cluster_load import ClusterLoad, told
from compose_settings import cluster_services
from engine import Engine
from forms import SLACK
from ports import free_port
from prometheus import Prometheus
from raw_http import request
from server_process import binary, clean_environment

NODES = ("node1", "node2", "node3")
PAIRS = 6
# Prometheus asks twice a second here.
SCRAPE_LIMIT = 5.0
# After going_away a client waits for a second and a half at the most, and another second if it was refused; the rest is for a busy machine.
RETURN_LIMIT = 6.0


async def test_what_the_file_says_serves_people_and_prometheus(tmp_path: Path, figures: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    ports = {name: free_port() for name in ("valkey", *NODES)}
    # The server's own default, which ServerProcess would make shorter.
    services = cluster_services(ports, SHUTDOWN_GRACE="10s")
    own = {index: services[name].environment for index, name in enumerate(NODES)}
    async with (
        Engine(tmp_path / "valkey", "valkey", *services["valkey"].command[1:], port=ports["valkey"]) as engine,
        Cluster(tmp_path, engine.store, own=own, ports=[ports[name] for name in NODES], with_front=False) as cluster,
        Prometheus(tmp_path / "prometheus", services["prometheus"]) as prometheus,
    ):
        for name, node in zip(NODES, cluster.nodes, strict=True):
            await is_healthy(services[name].entry["healthcheck"]["test"], node.port)
        instances = [f"127.0.0.1:{node.port}" for node in cluster.nodes]
        with running(RECIPES["nginx"], tmp_path / "nginx", cluster.ports) as nginx:
            assert (await request(nginx.port, "GET", "/healthz")).status == 200
            assert (await request(nginx.port, "GET", "/metrics")).status == 404
            async with ClusterLoad(random.Random(1)) as load:
                await load.pairs(PAIRS, lambda _: ([nginx.port], [nginx.port]))
                await cluster.ready()
                await prometheus.comes_to(dict.fromkeys(instances, 1), "up", SCRAPE_LIMIT)
                await prometheus.comes_to(dict.fromkeys(instances, 1), "nt_engine_up", SCRAPE_LIMIT)
                await prometheus.comes_to({"": PAIRS}, "sum(nt_rooms_home)", SCRAPE_LIMIT)
                # As long as nobody is passed on, each room's home is the node that nginx sends its sides to.
                await prometheus.comes_to({"": 0}, "sum(nt_connections_passed)", SCRAPE_LIMIT)

                homes = await prometheus.by_instance("nt_rooms_home")
                gone = max(cluster.nodes, key=lambda node: homes[f"127.0.0.1:{node.port}"])
                its_rooms = homes[f"127.0.0.1:{gone.port}"]
                began = loop.time()
                assert await gone.stop() == 0
                await load.all_talk(limit=RETURN_LIMIT + SLACK)
                back = loop.time() - began
                ends = Counter(drop.code for _, drop in load.drops(began))
                assert ends == {1001: 2 * its_rooms}, f"{ends} where {its_rooms} rooms had to leave"
                left = [instance for instance in instances if instance != f"127.0.0.1:{gone.port}"]
                await prometheus.comes_to({f"127.0.0.1:{gone.port}": 0, **dict.fromkeys(left, 1)}, "up", SCRAPE_LIMIT)
                await prometheus.comes_to(dict.fromkeys(left, 1), "nt_engine_up", SCRAPE_LIMIT)
                await prometheus.comes_to({"": PAIRS}, "sum(nt_rooms_home)", SCRAPE_LIMIT)
                await assert_one_home_each(cluster, load)
                counts = await load.finish()
    figures(f"{PAIRS} pairs, {its_rooms:.0f} of them on the node that ended, all talk {back:.1f} s after it was told to; {told(counts)}")


async def is_healthy(test: list[str], port: int) -> None:
    """The health check of a node's container, which the other services wait for."""
    kind, _, *arguments = test
    assert kind == "CMD"
    process = await asyncio.create_subprocess_exec(binary(), *arguments, env=clean_environment(HOST="127.0.0.1", PORT=str(port)))
    assert await asyncio.wait_for(process.wait(), 10) == 0
