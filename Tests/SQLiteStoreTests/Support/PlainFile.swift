import NIOConcurrencyHelpers
import ServerThreads
import SignalingCore

@testable import SQLiteStore

/// What the writer writes to, in memory: it keeps what it is told, and fails, or hangs, when a test says so.
final class PlainFile: StoreFile, Sendable {
    struct Held: Sendable {
        var state = StoredState()
        var commits: [[StoredChange]] = []
        var recoveries: [[StoredChange]] = []
        var fault: DatabaseFault?
        var isHanging = false
        /// Steps that are left of a round of tidying.
        var chores = 0
        var tidied = 0
        var compacted = 0
        var trimmed = 0
        var hasMortals = false
    }

    private let held = Monitor(Held())

    var now: Held { self.held.withLock { $0 } }

    func change(_ body: (inout Held) -> Void) {
        self.held.withLock(body)
        self.held.notify()
    }

    private func work(_ body: @escaping (inout Held) -> Void) throws(DatabaseFault) {
        let fault = self.held.wait { held -> DatabaseFault?? in
            if held.isHanging { return nil }
            if held.fault == nil { body(&held) }
            return .some(held.fault)
        }
        if let fault = fault ?? nil { throw fault }
    }

    // MARK: - StoreFile

    func commit(_ changes: [StoredChange]) throws(DatabaseFault) {
        try self.work { held in
            held.commits.append(changes)
            for change in changes { held.state.apply(change) }
        }
    }

    func recover(writing changes: [StoredChange]) throws(DatabaseFault) {
        try self.work { held in
            held.recoveries.append(changes)
            for change in changes { held.state.apply(change) }
        }
    }

    func trimLog() throws(DatabaseFault) { try self.work { $0.trimmed += 1 } }

    func tidy(_ now: UnixMilliseconds) throws(DatabaseFault) -> Bool {
        var isMore = false
        try self.work { held in
            held.tidied += 1
            held.chores = max(0, held.chores - 1)
            isMore = held.chores > 0
        }
        return isMore
    }

    func compact() throws(DatabaseFault) { try self.work { $0.compacted += 1 } }

    var hasMortals: Bool { self.now.hasMortals }
    var bytes: Int { self.now.commits.count }
}
