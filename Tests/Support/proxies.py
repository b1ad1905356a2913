"""Proxies in front of one server, as operators set them up: for a path of their own, and with PROXY headers."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from nginx_command import nginx_command
from other_process import OtherProcess, program
from ports import free_port

START_LIMIT = 20.0

NGINX = """
    server {{
        listen 127.0.0.1:{port};
        location /signal/ {{
            proxy_pass http://127.0.0.1:{server}{target};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $http_connection;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
"""
CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    {handle} /signal/* {{
        reverse_proxy 127.0.0.1:{server}
    }}
}}
"""
HAPROXY = """
defaults
    mode {mode}
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen front
    bind 127.0.0.1:{port}
    server one 127.0.0.1:{server} {send}
"""


@contextlib.contextmanager
def nginx(folder: Path, server: int, *, strips: bool) -> Iterator[int]:
    """The port of an nginx that passes /signal/ on to a server; with a path of its own, nginx takes that one off."""
    # With a path behind the address, nginx puts it in the place of the location's.
    folder.mkdir(parents=True)
    port = free_port()
    text = NGINX.format(port=port, server=server, target="/" if strips else "")
    with _running(nginx_command(folder, text), folder, port):
        yield port


@contextlib.contextmanager
def caddy(folder: Path, server: int, *, strips: bool) -> Iterator[int]:
    arguments = ["run", "--adapter", "caddyfile", "--config", "{file}"]
    with _proxy("caddy", folder, CADDY, arguments, server, handle="handle_path" if strips else "handle") as port:
        yield port


@contextlib.contextmanager
def haproxy(folder: Path, server: int, send: str, mode: str = "http") -> Iterator[int]:
    """`send` is what it has to be told of its server."""
    with _proxy("haproxy", folder, HAPROXY, ["-db", "-f", "{file}"], server, send=send, mode=mode) as port:
        yield port


@contextlib.contextmanager
def _proxy(name: str, folder: Path, text: str, arguments: list[str], server: int, **rest: str) -> Iterator[int]:
    folder.mkdir(parents=True)
    port = free_port()
    file = folder / "configuration"
    file.write_text(text.format(port=port, server=server, **rest))
    command = [program(name), *(argument.format(file=file) for argument in arguments)]
    with _running(command, folder, port):
        yield port


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    process = OtherProcess(command, folder / "log")
    process.launch()
    try:
        process.wait_for(port, limit=START_LIMIT)
        yield
    finally:
        process.stop()
