"""What the tests of this folder are given. All of it happens in a network of this process's own (own_network.py)."""

import base64
import hashlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

import own_network
from coroutine_tests import pytest_pyfunc_call
from coturn import Coturn
from devices import Device
from figures import figures, pytest_terminal_summary
from figures import pytest_configure as figures_of
from loop_thread import LoopThread
from namespaces import Namespace
from places import Places
from server_fixtures import tls_files
from server_process import ServerProcess
from topology import Internet

__all__ = ["figures", "pytest_pyfunc_call", "pytest_terminal_summary", "tls_files"]


def pytest_configure(config: pytest.Config) -> None:
    figures_of(config)
    if config.option.collectonly:
        return
    if reason := own_network.missing():
        print(f"networks: SKIPPED: {reason}")
        pytest.exit(f"no test can run here: {reason}", returncode=0)
    own_network.enter()


@pytest.fixture(scope="session")
def internet() -> Internet:
    return Internet()


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    """Where all browsers live: a device is used by several tests, and starting a browser takes the longest."""
    with LoopThread() as thread:
        yield thread


@pytest.fixture(scope="session")
def start_server(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ServerProcess]]:
    """Servers on addresses of their own."""
    started: list[ServerProcess] = []

    def start(**settings: Any) -> ServerProcess:
        # Each has an address of its own, and so the port of STUN that it has without any setting.
        settings = {"STUN_PORT": "3478", **settings}
        process = ServerProcess(tmp_path_factory.mktemp("server") / "server.log", host=internet.address(), **settings)
        started.append(process)
        return process

    yield start
    codes = [process.stop() for process in started]
    assert codes == [0] * len(codes), f"servers ended with {codes}"


@pytest.fixture(scope="session")
def start_coturn(
    internet: Internet, tls_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Coturn]]:
    """TURN servers that know a secret."""
    with ExitStack() as stack:
        yield lambda secret: stack.enter_context(Coturn(tmp_path_factory.mktemp("coturn") / "0", internet.address(), secret, tls_files))


@pytest.fixture(scope="session")
def device(
    loop: LoopThread, start_server: Callable, start_coturn: Callable, tls_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Namespace], Device]]:
    """Makes a host a device with a browser. Servers are named so that they outlive the browsers, which would come back to them."""
    stack = AsyncExitStack()
    folder = tmp_path_factory.mktemp("devices")
    # The key that coturn shows has no certificate from anybody, and is taken all the same; no other one is.
    flags = ["--no-sandbox", f"--ignore-certificate-errors-spki-list={spki(tls_files[0])}"]

    async def drive() -> Any:
        return await stack.enter_async_context(async_playwright())

    driver = loop.run(drive())
    yield lambda host: Device(host, driver, stack, folder, flags)
    loop.run(stack.aclose())


@pytest.fixture(scope="session")
def places(internet: Internet, device: Callable[[Namespace], Device]) -> Places:
    return Places(internet, device)


def spki(certificate: Path) -> str:
    """What Chromium calls a certificate's key by."""
    key = subprocess.run(["openssl", "x509", "-in", str(certificate), "-pubkey", "-noout"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key, check=True, capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
