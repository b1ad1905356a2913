"""The load balancers of deploy/, each started as its recipe says: only addresses and the places of files are others."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import recipes
from ports import free_port
from recipes import NGINX_FOLDERS, Front

# Those that recipes name, and one that an operator may add.
ADDRESSES = ("10.77.77.11:1234", "10.77.77.12:1234", "10.77.77.13:1234", "10.77.77.14:1234")
Balancer = Front


@dataclass(frozen=True)
class Recipe(recipes.Recipe):
    # Whether it asks /readyz.
    asks: bool

    def placed(self, folder: Path, port: int, nodes: Sequence[int]) -> str:
        """The recipe's text for a balancer that listens on this port of loopback and keeps its files in this folder, with nodes on the
        other ports: three, or four."""
        text = self.text if len(nodes) == 3 else with_a_fourth_node(self.text)
        text = self.filled(text, FOLDER=str(folder), PORT=str(port))
        for address, node in zip(ADDRESSES[: len(nodes)], nodes, strict=True):
            assert address in text, f"{self.file} does not name {address}"
            text = text.replace(address, f"127.0.0.1:{node}")
        return text


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


@contextlib.contextmanager
def running(recipe: Recipe, folder: Path, ports: Sequence[int]) -> Iterator[Balancer]:
    """The balancer of a recipe in front of nodes on these ports of loopback."""
    port = free_port()
    with recipes.running(recipe, folder, port, recipe.placed(folder, port, ports)) as balancer:
        yield balancer
