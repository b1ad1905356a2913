"""Proxies that are set up wrongly, each in one way, and one that is right."""

import socket
from pathlib import Path

from made_certificates import Authority
from other_process import OtherProcess, program
from ports import free_port
from waiting import wait_until

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
    proxy_connect_timeout 2s;
    upstream two {{ server 127.0.0.1:{good} max_fails=0; server 127.0.0.1:{second} max_fails=0; }}
{servers}
}}
"""
SERVER = """
    server {{
        listen 127.0.0.1:{port}{tls};
        location {location} {{
            proxy_pass {upstream};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            {upgrade}
            proxy_read_timeout {patience};
        }}
    }}
"""
UPGRADE = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;"
HAPROXY = """
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
listen proxied
    bind 127.0.0.1:{port}
    server s 127.0.0.1:{good} send-proxy
"""


class BrokenProxies:
    """nginx with a port for each, and HAProxy. Use it with `with`."""

    def __init__(self, folder: Path, good: int, second: int, authority: Authority) -> None:
        folder.mkdir()
        self.urls: dict[str, str] = {}
        self._servers: list[str] = []
        upstream = f"http://127.0.0.1:{good}"
        self._add("stripped", location="/signal/", upstream=f"{upstream}/", path="/signal")
        self._add("not stripped", location="/signal/", upstream=upstream, path="/signal")
        self._add("backend down", upstream=f"http://127.0.0.1:{free_port()}")
        self._add("no upgrade", upstream=upstream, upgrade="")
        self._add("impatient", upstream=upstream, patience="1500ms")
        self._add("two instances", upstream="http://two")
        self._add("whole chain", upstream=upstream, files=authority.server("right"))
        self._add("expired", upstream=upstream, files=authority.server("expired", days=-2))
        self._add("wrong name", upstream=upstream, files=authority.server("other", host="other.example"))
        self._add("incomplete chain", upstream=upstream, files=authority.server("incomplete", whole=False))
        path = folder / "nginx.conf"
        path.write_text(NGINX.format(folder=folder, good=good, second=second, servers="".join(self._servers)))
        command = [program("nginx"), "-p", str(folder), "-c", str(path), "-e", str(folder / "error.log")]
        port = free_port()
        self.urls["PROXY protocol"] = f"http://127.0.0.1:{port}"
        (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port, good=good))
        self._processes = [
            OtherProcess(command, folder / "nginx.log"),
            OtherProcess([program("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")], folder / "haproxy.log"),
        ]

    def _add(
        self,
        name: str,
        upstream: str,
        location: str = "/",
        path: str = "",
        upgrade: str = UPGRADE,
        patience: str = "60s",
        files: tuple[Path, Path] | None = None,
    ) -> None:
        port = free_port()
        tls = f" ssl; ssl_certificate {files[0]}; ssl_certificate_key {files[1]}" if files else ""
        self.urls[name] = f"http{'s' if files else ''}://127.0.0.1:{port}{path}"
        self._servers.append(
            SERVER.format(port=port, tls=tls, location=location, upstream=upstream, upgrade=upgrade, patience=patience)
        )

    def __enter__(self) -> "BrokenProxies":
        for process in self._processes:
            process.launch()
        for url in self.urls.values():
            wait_until(lambda port=int(url.split(":")[2].split("/")[0]): self._accepts(port), every=0.05)
        return self

    def _accepts(self, port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert all(process.is_running for process in self._processes), f"a proxy does not start: {self.log()}"
            return False
        return True

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.stop()

    def log(self) -> str:
        return "\n".join(process.log() for process in self._processes)
