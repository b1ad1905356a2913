"""Where two devices may be, and what has to connect them there."""

import os
from dataclasses import dataclass, replace

DIRECT, RELAYED, NOT = "direct", "relayed", "not at all"
# What the servers of a pairing are: none, the server's own STUN, or TURN besides.
ALONE, WITH_STUN, WITH_TURN = "alone", "with STUN", "with TURN"


@dataclass(frozen=True)
class Combination:
    """The network of side A and that of side B; of a network that both are in, its name."""

    a: str
    b: str | None
    # By which way they come together.
    alone: str
    with_stun: str
    with_turn: str

    def __str__(self) -> str:
        return f"{self.a} and {self.b}" if self.b else f"one {self.a}"

    def outcome(self, servers: str) -> str:
        """The way; or why there is none, and which side is the obstacle."""
        way = {ALONE: self.alone, WITH_STUN: self.with_stun, WITH_TURN: self.with_turn}[servers]
        if way != NOT:
            return way
        if servers == ALONE:
            return diagnosis("no_relay_configured", "both", "no_stun")
        match [side for side, network in (("A", self.a), ("B", self.b)) if network == "UDP blocked"]:
            case []:
                return diagnosis("no_relay_configured", "both", "strict_nat")
            case [side]:
                return diagnosis("udp_blocked", side)
            case _:
                return diagnosis("udp_blocked", "both")


def diagnosis(cause: str, side: str, hint: str | None = None, **_: str) -> str:
    return f"{cause} at {side}" + (f", {hint}" if hint else "")


COMBINATIONS = [
    Combination("LAN", None, DIRECT, DIRECT, DIRECT),
    # Keeps its guests apart, and does not lead what they send to its own public address back inside.
    Combination("guest Wi-Fi", None, NOT, NOT, RELAYED),
    Combination("full cone", "full cone", NOT, DIRECT, DIRECT),
    Combination("full cone", "port-restricted", NOT, DIRECT, DIRECT),
    # The port that a STUN server sees is not the one that the other side will; but the full cone takes packets from any.
    Combination("full cone", "symmetric", NOT, DIRECT, DIRECT),
    Combination("full cone", "UDP blocked", NOT, NOT, RELAYED),
    Combination("port-restricted", "port-restricted", NOT, DIRECT, DIRECT),
    Combination("port-restricted", "symmetric", NOT, NOT, RELAYED),
    Combination("port-restricted", "UDP blocked", NOT, NOT, RELAYED),
    Combination("symmetric", "symmetric", NOT, NOT, RELAYED),
    Combination("symmetric", "UDP blocked", NOT, NOT, RELAYED),
    Combination("UDP blocked", "UDP blocked", NOT, NOT, RELAYED),
]


def played() -> list[Combination]:
    """The twelve; in the long form also with the sides exchanged, which changes who offers and who checks first."""
    if not os.environ.get("NT_LONG"):
        return COMBINATIONS
    return COMBINATIONS + [replace(each, a=each.b, b=each.a) for each in COMBINATIONS if each.b not in (None, each.a)]
