"""The browser that the tests drive, and what it has to be told to run in a container and to connect over loopback."""

import os
import shutil

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


def chromium() -> str:
    if path := os.environ.get("CHROMIUM") or shutil.which("chromium"):
        return path
    raise FileNotFoundError("no chromium on PATH: run scripts/setup, or set CHROMIUM to a browser of that family")
