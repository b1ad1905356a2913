"""All codes of four digits are walked from as many networks as would have been enough when each counted for itself alone."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from metrics_page import read_metrics
from raw_http import HTTPConnection, mint, redeem
from server_process import ServerProcess

# 334 networks of one /55, with 30 guesses each. They are in two /56 of one /48.
NETWORKS, GUESSES = 334, 30
LIVE = 100
SECONDS = 6.0
# A /48 may fail eight times as often as one client, and gets as many guesses back in a minute.
AT_ONCE, PER_SECOND = 240, 4
# The time that passes before and after the clock of this test is looked at, in guesses.
SLACK = 12


async def test_a_network_does_not_walk_the_codes(server: ServerProcess, figures: Callable[[str], None]) -> None:
    codes = {(await mint(server.port))["code"] for _ in range(LIVE)}
    assert all(len(code) == 4 for code in codes)
    found: set[str] = set()
    statuses: Counter[int] = Counter()
    connections = [await HTTPConnection.open(server.port) for _ in range(NETWORKS)]

    async def walk(number: int, connection: HTTPConnection) -> None:
        guesses = [f"{code:04}" for code in range(number * GUESSES, (number + 1) * GUESSES) if code < 10_000]
        for guess in guesses:
            connection.send("POST", "/rendezvous/redeem", {"code": guess}, client=f"2001:db8:0:{number:x}::1")
        for guess in guesses:
            answer = await connection.answer(limit=60)
            statuses[answer.status] += 1
            if answer.status == 200:
                found.add(guess)
            elif answer.status == 429:
                assert int(answer.headers["retry-after"]) >= 1

    begin = time.monotonic()
    walkers = [asyncio.create_task(walk(number, connection)) for number, connection in enumerate(connections)]
    done, waiting = await asyncio.wait(walkers, timeout=SECONDS)
    # Somebody from elsewhere pairs meanwhile as if nothing was.
    assert (await redeem(server.port, max(codes - found))).status == 200
    waiting_codes = read_metrics(server.url).total("nt_redeems_waiting")
    elapsed = time.monotonic() - begin
    for walker in waiting:
        walker.cancel()
    for walker in done:
        walker.result()
    looked_at = statuses[200] + statuses[410]
    figures(f"{looked_at} of 10,000 codes were looked at in {elapsed:.1f} s, {len(found)} of {LIVE} found; {statuses[429]} were refused")
    assert AT_ONCE <= looked_at - len(found) + SLACK
    assert looked_at - len(found) <= AT_ONCE + PER_SECOND * elapsed + SLACK
    assert statuses[429] > 5_000
    assert 1 <= waiting_codes <= 64
    # Chance finds one in a hundred of those that are looked at.
    assert len(found) <= 20
    for connection in connections:
        connection.close()
