"""Both sides of a room reach one node, and a node that is gone takes along its own rooms alone."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from balancers import RECIPES, running
from fake_nodes import fake_nodes
from rooms import node_of, places, random_rooms
from ws_client import WebSocket

ROOMS = 200
# Longer than any recipe leaves a node out that takes connections again.
RETURN_LIMIT = 15.0

each_recipe = pytest.mark.parametrize("name", RECIPES)
each_that_asks = pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.asks])


@each_recipe
async def test_rooms_stay_together_and_move_only_with_their_node(name: str, tmp_path: Path, figures: Callable[[str], None]) -> None:
    rooms = random_rooms(ROOMS)
    async with fake_nodes() as nodes:
        with running(RECIPES[name], tmp_path, [node.port for node in nodes]) as balancer:
            before = await places(balancer.port, rooms, "AB")
            shares = Counter(before.values())
            assert shares.keys() == {node.name for node in nodes}

            gone = nodes[1]
            # Nobody is told before: the first connections for its rooms are refused there, and go elsewhere.
            await gone.refuse()
            meanwhile = await places(balancer.port, rooms, "AB")
            moved = {room for room in rooms if meanwhile[room] != before[room]}
            assert moved == {room for room in rooms if before[room] == gone.name}
            heirs = Counter(meanwhile[room] for room in moved)

            await gone.start()
            # All are back, not only as many as it takes to find out that their node is.
            first = await back_at(gone.name, balancer.port, next(iter(moved)))
            assert await places(balancer.port, rooms) == before
            assert first.is_open
    of_each = ", ".join(f"{node} {count}" for node, count in sorted(shares.items()))
    to_each = ", ".join(f"{node} {count}" for node, count in sorted(heirs.items()))
    figures(f"{ROOMS} rooms: {of_each}; {gone.name} refused: {len(moved)} moved ({to_each}), 0 of the others; back: all where they were")


@each_recipe
async def test_a_node_that_is_added_moves_its_own_share_alone(name: str, tmp_path: Path, figures: Callable[[str], None]) -> None:
    rooms = random_rooms(ROOMS)
    async with fake_nodes(4) as nodes:
        ports = [node.port for node in nodes]
        with running(RECIPES[name], tmp_path / "three", ports[:3]) as balancer:
            before = await places(balancer.port, rooms)
        with running(RECIPES[name], tmp_path / "four", ports) as balancer:
            after = await places(balancer.port, rooms)
    moved = [room for room in rooms if after[room] != before[room]]
    assert {after[room] for room in moved} == {"node4"}
    # A quarter is due to it; three quarters move where rooms are numbered through.
    assert 0.05 < len(moved) / ROOMS < 0.5
    figures(f"{len(moved)} of {ROOMS} rooms moved to the fourth node, 0 among the others")


@each_that_asks
async def test_a_node_that_is_not_ready_gets_no_new_clients_and_keeps_those_it_has(name: str, tmp_path: Path) -> None:
    async with fake_nodes() as nodes:
        with running(RECIPES[name], tmp_path, [node.port for node in nodes]) as balancer:
            before = await places(balancer.port, random_rooms(30))
            unready = nodes[2]
            rooms = {room: node for room, node in before.items() if node == unready.name}
            kept = await WebSocket.connect(balancer.port, next(iter(rooms)), "A")
            assert await node_of(kept) == unready.name

            unready.is_ready = False
            await nobody_reaches(unready.name, balancer.port, list(rooms))
            kept.send(b"still here")
            assert (await kept.next()).payload == b"still here"

            unready.is_ready = True
            await back_at(unready.name, balancer.port, next(iter(rooms)))
            assert await places(balancer.port, rooms) == rooms
            assert await kept.close() == 1000


async def back_at(node: str, port: int, room: str) -> WebSocket:
    """A connection for the room that has reached its node again."""
    deadline = asyncio.get_running_loop().time() + RETURN_LIMIT
    while True:
        socket = await WebSocket.connect(port, room, "A")
        if (found := await node_of(socket)) == node:
            return socket
        socket.transport.abort()
        assert asyncio.get_running_loop().time() < deadline, f"{room} still reaches {found}"
        await asyncio.sleep(0.1)


async def nobody_reaches(node: str, port: int, rooms: list[str]) -> None:
    deadline = asyncio.get_running_loop().time() + RETURN_LIMIT
    while node in (found := await places(port, rooms)).values():
        assert asyncio.get_running_loop().time() < deadline, f"rooms still reach {node}: {found}"
        await asyncio.sleep(0.1)
