#if os(Linux)
import NIOCore
import Synchronization

/// The tasks that a loop runs at some time. Connections share one (`LoopTimers`), so there are two or three.
struct TimerList {
    private struct Timer {
        let id: UInt64
        let deadline: NIODeadline
        let body: Body
    }

    /// Called once: when it is due, or with an error when the loop ends first.
    typealias Body = @Sendable ((any Error)?) -> Void

    private var timers: [Timer] = []
    private static let lastID = Atomic<UInt64>(0)

    static func nextID() -> UInt64 { self.lastID.wrappingAdd(1, ordering: .relaxed).newValue }

    static var newestID: UInt64 { self.lastID.load(ordering: .relaxed) }

    mutating func insert(_ id: UInt64, _ deadline: NIODeadline, _ body: @escaping Body) {
        let index = self.timers.firstIndex { $0.deadline > deadline } ?? self.timers.endIndex
        self.timers.insert(Timer(id: id, deadline: deadline, body: body), at: index)
    }

    mutating func remove(_ id: UInt64) { self.timers.removeAll { $0.id == id } }

    /// Until the next one is due, rounded up; -1 where there is none.
    var millisecondsToNext: CInt {
        guard let first = self.timers.first else { return -1 }
        let nanoseconds = max(0, (first.deadline - .now()).nanoseconds)
        return CInt(clamping: (nanoseconds + 999_999) / 1_000_000)
    }

    /// Takes out the first one that is due and no newer than that.
    mutating func popDue(_ now: NIODeadline, newest: UInt64) -> Body? {
        var index = 0
        while index < self.timers.count, self.timers[index].deadline <= now {
            if self.timers[index].id <= newest { return self.timers.remove(at: index).body }
            index += 1
        }
        return nil
    }

    mutating func fail(_ error: any Error) {
        let timers = self.timers
        self.timers = []
        for timer in timers { timer.body(error) }
    }
}
#endif
