"""The proxies of deploy/ in front of one server, at / and under /signal/, each started as its file says.

Only addresses, names, and the places of files are others; that each of them was there, once, is asserted.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import recipes
from ports import free_port
from recipes import NGINX_FOLDERS, Front, Recipe

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Site(Recipe):
    # What the page's address ends with.
    prefix: str
    # Whether plain HTTP leads to HTTPS.
    leads_to_https: bool = True


@dataclass(frozen=True)
class RunningSite:
    front: Front
    # Of the page, without a slash at its end.
    url: str
    plain_port: int


NGINX = {
    "\nhttp {\n": f"\nhttp {{ {NGINX_FOLDERS}\n",
    "/etc/ssl/fullchain.pem": "CERTIFICATE",
    "/etc/ssl/key.pem": "PRIVATE",
    "/run/nginx.pid": "FOLDER/nginx.pid",
    "/var/log/nginx/error.log": "FOLDER/error.log",
    "/var/log/nginx/access.log": "FOLDER/access.log",
    "listen 443 ssl;": f"listen {HOST}:PORT ssl;",
}
NGINX_ARGUMENTS = ("-p", "FOLDER", "-c", "FILE", "-e", "stderr", "-g", "daemon off;")
HAPROXY = {
    # A refused connection is tried again for 3 s, which no test is about.
    "    timeout connect 1s\n": "    timeout connect 1s\n    retries 0\n",
    "    bind :80\n": f"    bind {HOST}:PLAIN\n",
    "    bind :443 ssl crt /etc/haproxy/site.pem ": f"    bind {HOST}:PORT ssl crt BOTH ",
    "    server one 127.0.0.1:1234\n": f"    server one {HOST}:SERVER\n",
}
HAPROXY_ARGUMENTS = ("-db", "-f", "FILE")
CADDY = {
    "\tadmin localhost:2019\n": f"\tadmin off\n\thttp_port PLAIN\n\tauto_https disable_redirects\n\tdefault_sni {HOST}\n",
    "\t#   tls /etc/ssl/fullchain.pem /etc/ssl/key.pem\n": "\ttls CERTIFICATE PRIVATE\n",
    "/var/log/caddy/access.log": "FOLDER/access.log",
}
CADDY_ARGUMENTS = ("run", "--adapter", "caddyfile", "--config", "FILE")

SITES = {
    "nginx": Site(
        "nginx",
        "deploy/nginx/site.conf",
        {
            **NGINX,
            "listen 80;\n        server_name signaling.example.org;": f"listen {HOST}:PLAIN;\n        server_name {HOST};",
            "        server_name signaling.example.org;\n        ssl_": f"        server_name {HOST};\n        ssl_",
            "proxy_pass http://127.0.0.1:1234;": f"proxy_pass http://{HOST}:SERVER;",
        },
        NGINX_ARGUMENTS,
        "",
    ),
    "nginx under a prefix": Site(
        "nginx",
        "deploy/nginx/site-prefix.conf",
        {
            **NGINX,
            "server_name www.example.org;": f"server_name {HOST};",
            "proxy_pass http://127.0.0.1:1234/;": f"proxy_pass http://{HOST}:SERVER/;",
        },
        NGINX_ARGUMENTS,
        "/signal",
        leads_to_https=False,
    ),
    "haproxy": Site("haproxy", "deploy/haproxy/site.cfg", HAPROXY, HAPROXY_ARGUMENTS, ""),
    "haproxy under a prefix": Site("haproxy", "deploy/haproxy/site-prefix.cfg", HAPROXY, HAPROXY_ARGUMENTS, "/signal"),
    # Caddy leads to HTTPS by itself, but not where it has other ports than 80 and 443.
    "caddy": Site(
        "caddy",
        "deploy/caddy/Caddyfile",
        {
            **CADDY,
            "\n{$SITE:signaling.example.org} {\n": f"\nhttps://{HOST}:PORT {{\n\tbind {HOST}\n",
            "reverse_proxy {$UPSTREAM:127.0.0.1:1234} {": f"reverse_proxy {HOST}:SERVER {{",
        },
        CADDY_ARGUMENTS,
        "",
        leads_to_https=False,
    ),
    "caddy under a prefix": Site(
        "caddy",
        "deploy/caddy/Caddyfile.prefix",
        {
            **CADDY,
            "\nwww.example.org {\n": f"\nhttps://{HOST}:PORT {{\n\tbind {HOST}\n",
            "reverse_proxy 127.0.0.1:1234 {": f"reverse_proxy {HOST}:SERVER {{",
        },
        CADDY_ARGUMENTS,
        "/signal",
        leads_to_https=False,
    ),
}


@contextlib.contextmanager
def site(name: str, folder: Path, server_port: int, tls_files: tuple[Path, Path]) -> Iterator[RunningSite]:
    """The proxy in front of a server on this port of loopback, with this certificate and its key."""
    recipe, port, plain = SITES[name], free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = tls_files
    both = folder / "both.pem"
    both.write_text(certificate.read_text() + key.read_text())
    values = {"PORT": port, "PLAIN": plain, "SERVER": server_port, "FOLDER": folder}
    values |= {"CERTIFICATE": certificate, "PRIVATE": key, "BOTH": both}
    text = recipe.filled(recipe.text, **{name: str(value) for name, value in values.items()})
    with recipes.running(recipe, folder, port, text) as front:
        yield RunningSite(front, f"https://{HOST}:{port}{recipe.prefix}", plain)
