"""Nodes that speak TLS with each other."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine import ONE_KIND, Engine
from ports import free_port
from raw_http import Answer, request
from server_process import ServerProcess
from ws_client import WebSocket

LIMIT = 15.0


class TLSNodes:
    """Two of them, each known to the other by an address of https."""

    def __init__(self, ports: list[int], context: ssl.SSLContext) -> None:
        self.ports = ports
        self.context = context

    async def ask(self, index: int, method: str, path: str, body: dict[str, str] | None = None) -> Answer:
        return await request(self.ports[index], method, path, body, ssl=self.context)

    async def become(self, condition: Callable[[Answer], bool]) -> None:
        """What both say at /readyz is so, at last."""
        async with asyncio.timeout(LIMIT):
            while not all([condition(await self.ask(index, "GET", "/readyz")) for index in range(2)]):
                await asyncio.sleep(0.1)

    @staticmethod
    @asynccontextmanager
    async def started(folder: Path, kind: str, tls_files: tuple[Path, Path], **settings: str) -> AsyncIterator["TLSNodes"]:
        certificate, key = tls_files
        nodes = TLSNodes([free_port(), free_port()], ssl.create_default_context(cafile=str(certificate)))
        processes: list[ServerProcess] = []
        async with Engine(folder / "engine", kind) as engine:
            try:
                for port in nodes.ports:
                    own = {"STORE": f"valkey://127.0.0.1:{engine.port}", "NODE_ADDRESS": f"https://127.0.0.1:{port}", **settings}
                    tls = {"TLS_CERT_FILE": str(certificate), "TLS_KEY_FILE": str(key)}
                    processes.append(ServerProcess(folder / f"node-{port}.log", port=port, **own, **tls))
                yield nodes
            finally:
                for process in processes:
                    process.stop()


@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_connection_is_passed_on_over_tls(kind: str, tls_files: tuple[Path, Path], tmp_path: Path) -> None:
    async with TLSNodes.started(tmp_path, kind, tls_files, TLS_CA_FILE=str(tls_files[0])) as nodes:
        await nodes.become(lambda answer: answer.status == 200 and answer.json["nodes"] == 2)
        minted = (await nodes.ask(0, "POST", "/rendezvous/code")).json
        redeemed = (await nodes.ask(1, "POST", "/rendezvous/redeem", {"code": minted["code"]})).json
        a = await WebSocket.connect(nodes.ports[0], minted["appID"], "A", token=minted["token"], tls=nodes.context)
        b = await WebSocket.connect(nodes.ports[1], minted["appID"], "B", token=redeemed["token"], tls=nodes.context)
        assert (await a.next()).type == "room_full" and (await b.next()).type == "room_full"
        offer = b'{"type":"offer","sdp":"' + b"x" * 100_000 + b'"}'
        a.send(offer)
        assert (await b.next()).payload == offer
        await b.close()
        assert (await a.next()).type == "peer_left"
        await a.close()


@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_node_whose_certificate_is_not_known_is_told(kind: str, tls_files: tuple[Path, Path], tmp_path: Path) -> None:
    """Without TLS_CA_FILE the system's certificates count, and ours is not among them."""
    async with TLSNodes.started(tmp_path, kind, tls_files) as nodes:
        await nodes.become(lambda answer: answer.status == 200 and len(answer.json["unreachedBy"]) == 1)
