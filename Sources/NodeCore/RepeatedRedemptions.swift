import DequeModule
package import EngineScripts
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// The codes that this node redeemed a moment ago. An engine that has lost its last changes would redeem them again: so they are freed once
/// more before anything else is redeemed. Pure.
package struct RepeatedRedemptions: Sendable {
    /// How much an engine can have lost, and yet go on.
    package static let time = TimeSpan.seconds(30)
    package static let most = 65_536
    package static let mostUnderWay = 64

    private struct Redemption {
        let code: Code
        let room: RoomID
        let time: MonotonicTime
    }

    /// The oldest first.
    private var recent = Deque<Redemption>()
    private var toRepeat = Deque<Redemption>()
    private var underWay: [UInt64: Redemption] = [:]
    private var last: UInt64 = 0

    package init() {}

    package var mayRedeem: Bool { self.toRepeat.isEmpty && self.underWay.isEmpty }

    package mutating func redeemed(_ code: Code, _ room: RoomID, now: MonotonicTime) {
        self.forget(now)
        if self.recent.count == Self.most { self.recent.removeFirst() }
        self.recent.append(Redemption(code: code, room: room, time: now))
    }

    /// It is undone, as nobody was told of it: the code is live again, and is not to be freed.
    package mutating func givenBack(_ code: Code, _ room: RoomID) {
        let isIt = { (redemption: Redemption) in redemption.code == code && redemption.room == room }
        if let index = self.recent.lastIndex(where: isIt) { self.recent.remove(at: index) }
        self.toRepeat.removeAll(where: isIt)
        // What is under way comes to the engine ahead of what undoes it.
        self.underWay = self.underWay.filter { !isIt($0.value) }
    }

    /// The connection to the engine has ended: on the next one it may know less than it did. What it has lost it knew a moment before that, and
    /// what was yet to be repeated before others are redeemed still is.
    package mutating func lost(now: MonotonicTime) {
        self.forget(now)
        let left = self.toRepeat + self.underWay.values
        let recent = Set(self.recent.map(\.room))
        self.toRepeat = self.recent + left.filter { !recent.contains($0.room) }
        self.underWay = [:]
    }

    /// What is to be called next; nil if there is nothing, or enough is under way.
    package mutating func next(_ bounds: CodeBounds) -> (number: UInt64, call: FreeCall)? {
        guard self.underWay.count < Self.mostUnderWay, let first = self.toRepeat.popFirst() else { return nil }
        self.last += 1
        self.underWay[self.last] = first
        return (self.last, FreeCall(bounds: bounds, code: first.code, room: first.room))
    }

    package mutating func replied(_ number: UInt64) { self.underWay[number] = nil }

    /// There was no reply: it is called again.
    package mutating func unanswered(_ number: UInt64) {
        if let redemption = self.underWay.removeValue(forKey: number) { self.toRepeat.append(redemption) }
    }

    private mutating func forget(_ now: MonotonicTime) {
        while let first = self.recent.first, first.time + Self.time < now { self.recent.removeFirst() }
    }
}
