"""Credentials for TURN, as a server makes them that shares a secret with coturn (docs/turn.md)."""

import base64
import hashlib
import hmac
import secrets
import time


def credentials(secret: str, lives_for: float = 3600) -> dict[str, str]:
    """With a life below 0 they have expired."""
    # A name of its own each time, as coturn counts by it what a user has.
    username = f"{int(time.time() + lives_for)}:{secrets.token_hex(8)}"
    digest = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
    return {"username": username, "credential": base64.b64encode(digest).decode()}
