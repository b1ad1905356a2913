"""Proxies that are set up wrongly, each in one way, and one that is right."""

from pathlib import Path

from made_certificates import Authority
from nginx_command import nginx_command
from other_process import OtherProcess, program
from ports import free_port

START_LIMIT = 15.0

NGINX = """
    proxy_connect_timeout 2s;
    limit_conn_zone $server_port zone=few:64k;
    upstream two {{ server 127.0.0.1:{good} max_fails=0; server 127.0.0.1:{second} max_fails=0; }}
{servers}
"""
SERVER = """
    server {{
        listen 127.0.0.1:{port}{tls};
        location {location} {{
            {first}
            proxy_pass {upstream};
            proxy_http_version 1.1;
            proxy_set_header Host {host};
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
listen strict
    bind 127.0.0.1:{strict} ssl crt {certificate} strict-sni
    server s 127.0.0.1:{good}
"""


class BrokenProxies:
    """nginx with a port for each, and HAProxy. Use it with `with`."""

    def __init__(self, folder: Path, good: int, second: int, authority: Authority) -> None:
        folder.mkdir()
        self.urls: dict[str, str] = {}
        self._servers: dict[int, str] = {}
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
        self._add("self-signed", upstream=upstream, files=authority.alone("alone"))
        self._add("redirect", upstream=upstream, first="return 301 https://elsewhere.example$request_uri;")
        self._add("nothing there", upstream=upstream, location="/elsewhere/")
        self._add("few connections", upstream=upstream, first="limit_conn few 10;")
        with_pages = f"http://127.0.0.1:{second}"
        self._add("another host", upstream=with_pages, host="internal.example")
        self._add("two permissions", upstream=with_pages, first="add_header Access-Control-Allow-Origin *;")
        self._add("no preflight", upstream=with_pages, first="if ($request_method = OPTIONS) { return 405; }")
        command = nginx_command(folder, NGINX.format(good=good, second=second, servers="".join(self._servers.values())))
        port, strict = free_port(), free_port()
        self.urls["PROXY protocol"] = f"http://127.0.0.1:{port}"
        # No address is a name that a certificate could be chosen by.
        self.urls["no certificate for that name"] = f"https://127.0.0.1:{strict}"
        both = folder / "both.pem"
        both.write_bytes(b"".join(file.read_bytes() for file in authority.server("named", host="other.example")))
        (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port, strict=strict, certificate=both, good=good))
        # With the ports of each.
        self._processes = {
            OtherProcess(command, folder / "nginx.log"): [*self._servers],
            OtherProcess([program("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")], folder / "haproxy.log"): [port, strict],
        }

    def _add(
        self,
        name: str,
        upstream: str,
        location: str = "/",
        path: str = "",
        upgrade: str = UPGRADE,
        patience: str = "60s",
        host: str = "$http_host",
        first: str = "",
        files: tuple[Path, Path] | None = None,
    ) -> None:
        port = free_port()
        tls = f" ssl; ssl_certificate {files[0]}; ssl_certificate_key {files[1]}" if files else ""
        self.urls[name] = f"http{'s' if files else ''}://127.0.0.1:{port}{path}"
        self._servers[port] = SERVER.format(
            port=port, tls=tls, location=location, upstream=upstream, upgrade=upgrade, patience=patience, host=host, first=first
        )

    def __enter__(self) -> "BrokenProxies":
        for process in self._processes:
            process.launch()
        try:
            for process, ports in self._processes.items():
                process.wait_for(*ports, limit=START_LIMIT)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.stop()
