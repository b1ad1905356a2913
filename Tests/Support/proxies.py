"""Proxies in front of one server, as operators set them up: for a path of their own, and with PROXY headers."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from other_process import OtherProcess, program
from ports import free_port

START_LIMIT = 20.0

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
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
    with _proxy("nginx", folder, NGINX, ["-p", "{folder}", "-c", "{file}", "-e", "stderr"], server, target="/" if strips else "") as port:
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
    file.write_text(text.format(folder=folder, port=port, server=server, **rest))
    command = [program(name), *(argument.format(folder=folder, file=file) for argument in arguments)]
    process = OtherProcess(command, folder / "log")
    process.launch()
    try:
        _wait(process, port)
        yield port
    finally:
        process.stop()


def _wait(process: OtherProcess, port: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            assert process.is_running and time.monotonic() < deadline, f"it does not start: {process.log()}"
            time.sleep(0.02)
