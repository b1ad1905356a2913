"""The ledger of a room whose home may be another node at each connection; otherwise that of a server that comes back (store_ledger.py)."""

from collections import Counter
from typing import Any

from store_ledger import Item, LedgerMismatch, RoomLedger, Visit

__all__ = ["ClusterLedger", "Item", "LedgerMismatch", "Visit"]


class ClusterLedger(RoomLedger):
    """Which process answers, no client knows. So a response to what was sent before may come on each connection, and what a home had been
    told of acknowledgements another need not have been."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.refused: list[Item] = []

    def come(self, side: str) -> Visit:
        """A connection as the JavaScript client makes it: it says what it has and in which mailbox."""
        self.sides[side].told = (0, 0)
        return super().visit(side, 1, self.mailbox, len(self.sides[side].received))

    def refuse(self, visit: Visit, ref: int) -> None:
        """An `error` that names this ref: the item is not stored, and never will be. Whoever sends it again gives it another ref."""
        side = self.sides[visit.side]
        item = next((item for item in side.sent if item.ref == ref), None)
        if item is None or ref in side.accepted:
            raise self._mismatch(f"{visit.side} got a refusal of {ref}, which was accepted or is unknown")
        self._note(f"{visit.side} got a refusal of {ref}")
        side.sent.remove(item)
        self.refused.append(item)
        if ref in visit.waiting:
            visit.waiting.remove(ref)
        visit.inherited.discard(ref)

    def _deliver(self, visit: Visit, seq: int, payload: str) -> None:
        side = self.sides[visit.side]
        # Told apart from what else may be wrong with an item.
        if seq > len(side.received) and payload in side.received:
            self.figures["doubled"] += 1
            raise self._mismatch(f"{visit.side} got {payload[:40]!r} as {side.received.index(payload) + 1} and again as {seq}")
        if any(payload == item.payload for item in self.refused):
            raise self._mismatch(f"{visit.side} got {payload[:40]!r} as {seq}, which was refused")
        super()._deliver(visit, seq, payload)

    def count(self) -> Counter[str]:
        """Of both sides together."""
        counts = Counter(self.figures)
        sides = self.sides.values()
        counts["sent"] = sum(len(side.sent) for side in sides) + len(self.refused)
        counts["refused"] = len(self.refused)
        counts["accepted"] = sum(len(side.accepted) for side in sides)
        counts["received once"] = sum(len(side.received) for side in sides)
        counts["lost"] = sum(len(items) for items in self.missing().values())
        return counts

    def missing(self) -> dict[str, list[Item]]:
        """By recipient: what was accepted, and has not arrived."""
        result: dict[str, list[Item]] = {}
        for recipient in self.sides.values():
            there = set(recipient.received)
            result[recipient.name] = [
                item
                for sender in self.sides.values()
                for item in sender.sent_to(recipient.name)
                if item.ref in sender.accepted and item.payload not in there
            ]
        return result

    def frame(self, side: str, last: int, frame: dict[str, Any]) -> int:
        """A relayed frame, of which none may come twice or late; those that a cut took are not there. The new last number."""
        if frame["n"] <= last:
            self.figures["doubled frames"] += 1
            raise self._mismatch(f"{side} got frame {frame['n']} after {last}")
        return frame["n"]
