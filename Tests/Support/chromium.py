"""The browser that the tests drive, and what it has to be told to run in a container and to connect over loopback."""

import os
import shutil

from ports import free_port

CHROMIUM_FLAGS = [
    # Chromium's own sandbox does not start for root, which is what a container's user usually is.
    "--no-sandbox",
    # Otherwise local addresses are hidden behind .local names, which only another browser looks up.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    # Where loopback is the only network there is, it has to do.
    "--allow-loopback-in-peer-connection",
]

# Loopback by another name. Browsers take a page there for secure only if it came over https.
PLAIN_HOST = "plain.test"
PLAIN_HOST_FLAG = f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1"

# The address in pictures: as if the server were somewhere else, and reached as it should be. It listens on NAMED_PORT of loopback.
NAMED_HOST = "send.example"
NAMED_PORT = free_port()
NAMED_HOST_FLAGS = [
    f"{PLAIN_HOST_FLAG}, MAP {NAMED_HOST}:80 127.0.0.1:{NAMED_PORT}",
    f"--unsafely-treat-insecure-origin-as-secure=http://{NAMED_HOST}",
]


def chromium() -> str:
    if path := os.environ.get("CHROMIUM") or shutil.which("chromium"):
        return path
    raise FileNotFoundError("no chromium on PATH: run scripts/setup, or set CHROMIUM to a browser of that family")
