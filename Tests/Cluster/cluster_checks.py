"""What has to hold of nodes and their clients whatever has happened."""

import asyncio
from collections.abc import Sequence

from cluster import Cluster, Node
from cluster_load import ClusterLoad, Requests, somebody
from cluster_member import Member
from forms import SLACK
from pairing import new_room
from raw_http import request
from store_ledger import Code
from ws_client import Refused, WebSocket

# Homes that were two are one again so long after what parted them is over.
SPLIT = 2.0


async def mint_some(load: ClusterLoad, ports: Sequence[int], count: int) -> list[Code]:
    return [await load.requests.mint(ports[number % len(ports)]) for number in range(count)]


async def redeem_all(requests: Requests, ports: Sequence[int], codes: Sequence[Code]) -> None:
    """Each leads to its room, and once."""
    for number, code in enumerate(codes):
        port = ports[number % len(ports)]
        assert await requests.redeem(port, code) is not None, f"code {code.text} is gone"
        assert await requests.redeem(port, code) is None


async def assert_one_home_each(cluster: Cluster, load: ClusterLoad, limit: float = SPLIT + SLACK) -> None:
    """Each room that somebody is in has one home: no room is split, and no node keeps one that is another's."""
    expected, deadline = len(load.rooms), asyncio.get_running_loop().time() + limit
    while True:
        homes = {node.name: await node.metric("nt_rooms_home") for node in cluster.nodes if node.is_running}
        if sum(homes.values()) == expected:
            return
        assert asyncio.get_running_loop().time() < deadline, f"{expected} rooms have homes {homes}"
        await asyncio.sleep(0.05)


async def all_back(members: Sequence[Member], since: float, limit: float) -> None:
    """Waits until all of these have come anew."""
    deadline = asyncio.get_running_loop().time() + limit
    while away := [member for member in members if member.attempts[-1].began < since or not member.is_open]:
        assert asyncio.get_running_loop().time() < deadline, f"{len(away)} are not back after {limit:.0f} s: {away[0]}, at {since:.2f}"
        await asyncio.sleep(0.02)


async def refusals(node: Node) -> dict[str, int]:
    """What the node answers to a mint, a redeem and a join: 503 with Retry-After, or that it was done."""
    seen: dict[str, int] = {}
    minting = request(node.port, "POST", "/rendezvous/code", limit=5, client=somebody())
    redeeming = request(node.port, "POST", "/rendezvous/redeem", {"code": "00000000"}, limit=5, client=somebody())
    for name, answer in zip(("mint", "redeem"), await asyncio.gather(minting, redeeming)):
        seen[name] = answer.status
        assert answer.status in (200, 410, 503), f"{name} at {node.name}: {answer}"
        if answer.status == 503:
            assert answer.headers.get("retry-after", "").isdigit(), f"{name} at {node.name} was refused without Retry-After: {answer}"
    try:
        socket = await WebSocket.connect(node.port, new_room(), "A", limit=5)
        seen["join"] = 101
        await socket.close()
    except Refused as refused:
        seen["join"] = refused.status
        assert refused.status == 503, f"a join at {node.name}: {refused.status} {refused.body!r}"
        assert refused.headers.get("retry-after", "").isdigit(), f"a join at {node.name} was refused without Retry-After: {refused.headers}"
    return seen


async def assert_works(cluster: Cluster, load: ClusterLoad, limit: float) -> float:
    """Within this time all nodes are ready, codes can be minted and redeemed at each, and rooms opened; how long it took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for node in cluster.nodes:
        await node.ready(start + limit - loop.time())
    while True:
        seen = [await refusals(node) for node in cluster.nodes]
        if all(each == {"mint": 200, "redeem": 410, "join": 101} for each in seen):
            return loop.time() - start
        assert loop.time() - start < limit, f"not back after {limit:.0f} s: {seen}"
        await asyncio.sleep(0.1)
