"""The load balancers of deploy/, each started as its recipe says: only addresses and the places of files are others."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ports import free_port
from server_process import REPOSITORY

# Those that recipes name, and one that an operator may add.
ADDRESSES = ("10.77.77.11:1234", "10.77.77.12:1234", "10.77.77.13:1234", "10.77.77.14:1234")
START_LIMIT = 10.0
STOP_LIMIT = 10.0


@dataclass(frozen=True)
class Recipe:
    program: str
    file: str
    # What is replaced, once each, in the text of the recipe. FOLDER and PORT stand for those of the test.
    replaced: Mapping[str, str]
    # What starts it in the foreground, behind the program's name. FILE and FOLDER stand for those of the test.
    arguments: Sequence[str]
    # Whether it asks /readyz.
    asks: bool

    @property
    def text(self) -> str:
        return (REPOSITORY / self.file).read_text()

    def placed(self, folder: Path, port: int, nodes: Sequence[int]) -> str:
        """The recipe's text for a balancer that listens on this port of loopback and keeps its files in this folder, with nodes on the
        other ports: three, or four."""
        text = self.text if len(nodes) == 3 else with_a_fourth_node(self.text)
        for there, here in self.replaced.items():
            assert text.count(there) == 1, f"{self.file} has {there!r} {text.count(there)} times"
            text = text.replace(there, here.replace("FOLDER", str(folder)).replace("PORT", str(port)))
        for address, node in zip(ADDRESSES[: len(nodes)], nodes, strict=True):
            assert address in text, f"{self.file} does not name {address}"
            text = text.replace(address, f"127.0.0.1:{node}")
        return text

    def path(self) -> str:
        """The program's, which scripts/setup may have unpacked."""
        found = shutil.which(self.program, path=f"{os.environ['PATH']}:/usr/sbin:{REPOSITORY / '.venv' / 'bin'}")
        assert found, f"no {self.program} on PATH: run scripts/setup"
        return found


def with_a_fourth_node(text: str) -> str:
    """What an operator writes who adds one: another line behind each of the third node's, or another address in the line of all."""
    lines = []
    for line in text.splitlines(keepends=True):
        lines.append(line)
        if ADDRESSES[2] in line and ADDRESSES[0] in line:
            lines[-1] = line.replace(ADDRESSES[2], f"{ADDRESSES[2]} {ADDRESSES[3]}")
        elif ADDRESSES[2] in line:
            lines.append(line.replace(ADDRESSES[2], ADDRESSES[3]).replace("node3", "node4").replace("id 3", "id 4"))
    return "".join(lines)


# nginx insists on folders for what it never writes here.
NGINX_FOLDERS = "".join(f"{kind}_temp_path FOLDER/{kind};" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))

RECIPES = {
    "nginx": Recipe(
        "nginx",
        "deploy/nginx/cluster.conf",
        {
            "\nhttp {\n": f"\nhttp {{ {NGINX_FOLDERS}\n",
            "\n        listen 80;\n": "\n        listen 127.0.0.1:PORT;\n",
            "/run/nginx.pid": "FOLDER/nginx.pid",
            "/var/log/nginx/error.log": "FOLDER/error.log",
            "/var/log/nginx/access.log": "FOLDER/access.log",
        },
        ("-p", "FOLDER", "-c", "FILE", "-e", "stderr", "-g", "daemon off;"),
        asks=False,
    ),
    "haproxy": Recipe(
        "haproxy",
        "deploy/haproxy/cluster.cfg",
        {"\n    bind :80\n": "\n    bind 127.0.0.1:PORT\n"},
        ("-db", "-f", "FILE"),
        asks=True,
    ),
    "caddy": Recipe(
        "caddy",
        "deploy/caddy/Caddyfile.cluster",
        {
            "\nhttp:// {\n": "\nhttp://:PORT {\n\tbind 127.0.0.1\n",
            "\tadmin localhost:2019\n": "\tadmin off\n",
            "/var/log/caddy/access.log": "FOLDER/access.log",
        },
        ("run", "--adapter", "caddyfile", "--config", "FILE"),
        asks=True,
    ),
}


@dataclass(frozen=True)
class Balancer:
    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Ends it; then its logs are complete."""
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.process.args} was still running {STOP_LIMIT:.0f} s after SIGTERM") from None

    def logs(self) -> dict[str, str]:
        return {file.name: file.read_text(errors="replace") for file in self.folder.glob("*.log")}


@contextlib.contextmanager
def running(recipe: Recipe, folder: Path, ports: Sequence[int]) -> Iterator[Balancer]:
    """The balancer of a recipe in front of nodes on these ports of loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    file = folder / Path(recipe.file).name
    file.write_text(recipe.placed(folder, port, ports))
    arguments = [argument.replace("FOLDER", str(folder)).replace("FILE", str(file)) for argument in recipe.arguments]
    # Caddy keeps files of its own where these say.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [recipe.path(), *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    balancer = Balancer(port, folder, process)
    try:
        _wait_until_it_listens(balancer)
        yield balancer
    except BaseException:
        # What went wrong is not how it ends.
        process.kill()
        process.wait()
        raise
    balancer.stop()


def _wait_until_it_listens(balancer: Balancer) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", balancer.port), timeout=1):
            return
        code = balancer.process.poll()
        assert code is None, f"it ended with code {code}: {balancer.logs()}"
        time.sleep(0.02)
    raise AssertionError(f"it did not listen within {START_LIMIT:.0f} s: {balancer.logs()}")

