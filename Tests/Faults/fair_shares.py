"""One greedy client, a hundred honest ones beside it, and what the server has to say of them."""

from collections.abc import Awaitable, Callable

from honest_work import Health, HonestWork, Source, going_on
from process_figures import resident_bytes
from raw_http import Answer, HTTPConnection
from server_process import ServerProcess
from waiting import metrics
from ws_client import Refused

GREEDY = Source("127.0.0.2")
HONEST = [Source(f"127.0.1.{number}") for number in range(1, 101)]
# Or all of loopback would be proxies, which are nobody's client and limited by no share.
NO_PROXIES = {"TRUSTED_PROXIES": "192.0.2.0/24"}


def free_of_limits(bound: int) -> int:
    return bound - bound // 4


async def refusals(server: ServerProcess, resource: str) -> float:
    page = await metrics(server.url)
    labels = f'resource="{resource}"'
    return sum(value for name, label, value in page.samples if (name, label) == ("nt_share_refusals_total", labels))


async def others_are_served(
    server: ServerProcess,
    resource: str,
    step: Callable[[], Awaitable[None]],
    figures: Callable[[str], None],
    what: str,
    honest: list[Source] = HONEST,
    rounds: int = 2,
    at_once: int = 4,
    refusals_a_step: float = 0.5,
) -> None:
    """The greedy client, which has taken its part, goes on doing `step`, and is refused; the honest ones do their work."""
    before, refused = resident_bytes(server.pid), await refusals(server, resource)
    work, health = HonestWork(server.port, honest), Health(server.port)
    async with going_on(health.ask, at_once=1, pause=health.pause) as answers, going_on(step, at_once) as steps:
        await work.run(rounds)
    assert work.success >= 0.999, f"{len(work.failures)} of {work.tried} failed: {work.failures[:3]}"
    assert steps and answers
    refused = await refusals(server, resource) - refused
    assert refused >= len(steps) * refusals_a_step, f"{refused} refusals of {resource} were counted, {len(steps)} came"
    figures(
        f"{what}; then {len(steps)} more tries, {refused:.0f} refusals, while {work.success:.1%} of {work.tried} pairings by "
        f"{len(honest)} others succeeded; {len(answers)} of /healthz, the longest {health.slowest * 1e3:.0f} ms; "
        f"server {(resident_bytes(server.pid) - before) / 1e6:+.1f} MB"
    )


def assert_too_many(answer: Answer | Refused, what: str) -> None:
    assert answer.status == 429, answer
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["content-type"] == "application/problem+json"
    assert f"your network has its share of this server's {what}".encode() in answer.body


async def is_served(connection: HTTPConnection) -> bool:
    """False where the server has closed it when it came."""
    try:
        return (await connection.request("GET", "/healthz")).status == 200
    except (OSError, EOFError):
        return False
