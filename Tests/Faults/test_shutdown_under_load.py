"""SIGTERM while a thousand clients talk."""

import asyncio
import os
from collections.abc import Callable

import pytest

from load import Room, rolling
from pairing import new_room
from raw_http import mint
from server_process import ServerProcess
from waiting import eventually
from ws_client import Refused, WebSocket

PAIRS = int(os.environ.get("NT_FAULT_SHUTDOWN_PAIRS", "500"))
GRACE = 10.0
# The server lets frames pass for half a second after going_away. What is sent late in that time may miss it.
NOTICE = 0.3


@pytest.mark.limit(120)
async def test_sigterm_loses_no_frame_and_tells_everybody(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    server = start_server(SHUTDOWN_GRACE=f"{GRACE:.0f}s")
    loop = asyncio.get_running_loop()
    rooms = [Room(pause=0.25) for _ in range(PAIRS)]
    await rolling(room_connect(room, server.port) for room in rooms)
    await asyncio.gather(*(room.play(4) for room in rooms))
    idle = [await WebSocket.connect(server.port, (await mint(server.port))["appID"], "A") for _ in range(20)]
    assert not [room.failure for room in rooms if room.failure]
    frames = sum(room.arrived for room in rooms)

    told = loop.time()
    # The server tells everybody within a millisecond or two: these frames are on their way by then.
    for room in rooms[::10]:
        room.send_now()
    server.terminate()
    everyone = [socket for room in rooms for socket in room.sockets] + idle
    await asyncio.gather(*(socket.end(GRACE) for socket in everyone))
    all_ended = loop.time() - told
    code = await eventually(lambda: None if server.exit_code() is None else (server.exit_code(),), "the server's end", limit=GRACE)
    took = loop.time() - told
    assert code == (0,) and took < GRACE

    assert not [room.failure for room in rooms if room.failure]
    assert {(socket.close_code, socket.close_reason) for socket in everyone} == {(1001, "going away")}
    delays = [delay for room in rooms for _, delay in room.going_away.values()]
    delays += [check_idle(socket) for socket in idle]
    assert len(delays) == len(everyone)
    # A second of spread for every thousand connections, so that they do not all come back at once.
    assert 500 <= min(delays) < 600 and 1300 < max(delays) <= 500 + max(1000, len(everyone) + 10)
    assert len(set(delays)) > len(delays) // 4
    # Nobody saw the notice twice, and it came before the close.
    for socket in everyone:
        assert sum(b'"going_away"' in message.payload for message in socket.received) == 1

    lost, late = [], 0
    for room in rooms:
        if room.under_way is None:
            continue
        sent_at, _ = room.under_way
        if sent_at <= told + NOTICE:
            lost.append(sent_at - told)
        else:
            late += 1
    assert not lost, f"frames sent {lost} s after the signal and before going_away never arrived"
    after = sum(room.arrived for room in rooms) - frames
    assert after > 0, "nothing was under way when the signal came"
    figures(
        f"{len(everyone):,} clients told, delays {min(delays)} to {max(delays)} ms, all closed 1001 after {all_ended:.2f} s, "
        f"exit 0 after {took:.2f} s; {after} frames arrived after the signal, 0 lost, {late} sent too late to count"
    )


def room_connect(room: Room, port: int) -> Callable:
    return lambda: room.connect(port)


def check_idle(socket: WebSocket) -> int:
    (frame,) = [message.json for message in socket.received]
    assert frame.keys() == {"type", "reconnectAfterMs"} and frame["type"] == "going_away"
    return frame["reconnectAfterMs"]


async def test_newcomers_are_refused_while_it_drains(start_server: Callable[..., ServerProcess]) -> None:
    """A client that never answers the close keeps the server waiting for its grace, and no longer."""
    server = start_server(SHUTDOWN_GRACE="2s")
    loop = asyncio.get_running_loop()
    deaf = await WebSocket.connect(server.port, (await mint(server.port))["appID"], "A")
    deaf.transport.pause_reading()
    start = loop.time()
    server.terminate()
    while True:
        try:
            newcomer = await WebSocket.connect(server.port, new_room(), "A")
        except OSError:
            break
        except Refused as refusal:
            assert (refusal.status, refusal.headers["retry-after"]) == (503, "1")
            break
        newcomer.reset()
        assert loop.time() - start < 1, "newcomers are still let in"
    code = await eventually(lambda: None if server.exit_code() is None else (server.exit_code(),), "the server's end")
    took = loop.time() - start
    assert code == (0,) and 1.9 < took < 4.5, f"ended with {code} after {took:.2f} s"
    deaf.transport.resume_reading()
    await deaf.end()
    assert [message.type for message in deaf.received] == ["going_away"] and deaf.close_code == 1001
