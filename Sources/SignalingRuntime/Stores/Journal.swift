package import ByteStreams
import NIOConcurrencyHelpers
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Whoever waits until a change is written. A change that is refused has to be undone.
package protocol JournalWaiter: AnyObject, Sendable {
    /// Called on the loop that recorded the change. It may be called more often than it has to be, and with the same outcome.
    func settled(_ outcome: JournalOutcome, _ loop: SignalingLoop)
}

/// Has every change written that must outlive the process: takes changes from all loops, hands them to one writer in order, and tells the
/// loops what became of them. It never waits.
///
/// A change is recorded under the lock of what it changes, so that the journal's order is the order of the changes.
package final class Journal: RoomJournal {
    private struct State: Sendable {
        var queue = JournalQueue<Waiter>()
        var figures = StoreFigures()
        /// Called when there is work for a writer that had none.
        var wake: (@Sendable () -> Void)?
    }

    private struct Waiter: Sendable {
        let object: any JournalWaiter
        let post: LoopPost
    }

    private let state = NIOLockedValueBox(State())

    package init() {}

    // MARK: - For those who change something

    /// Takes a change that somebody waits for; nil if the store cannot be written, or too much waits: then the change must not be made.
    package func record(_ change: StoredChange, for waiter: any JournalWaiter, _ loop: SignalingLoop) -> JournalPosition? {
        let waiter = Waiter(object: waiter, post: loop.post)
        let (position, isFirst) = self.state.withLockedValue { state in
            let isFirst = !state.queue.hasWork
            let position = state.queue.record(change, waiter, now: loop.clock.now())
            if position == nil { state.figures.count(change.operation, .refused) }
            return (position, isFirst)
        }
        // When the loop has dealt with what came in: what all of it leads to is one batch.
        if isFirst, position != nil { loop.context.touch(self) }
        return position
    }

    /// All that is needed of rooms is in the changes of those that were used.
    package var followsEveryRoom: Bool { false }

    package func record(_ item: StoredItem, for room: Room, _ loop: SignalingLoop) -> JournalPosition? {
        self.record(.item(item), for: room, loop)
    }

    package func note(_ change: StoredChange, in room: RoomID, now: MonotonicTime) { self.note(change, now: now) }

    /// Takes a change that nobody waits for.
    package func note(_ change: StoredChange, now: MonotonicTime) {
        let isFirst = self.state.withLockedValue { state in
            let isFirst = !state.queue.hasWork
            state.queue.note(change, now: now)
            return isFirst
        }
        if isFirst { self.wakeWriter() }
    }

    private func wakeWriter() { self.state.withLockedValue { $0.wake }?() }

    /// Whether a change that somebody waits for is taken now.
    package var mayRecord: Bool { self.state.withLockedValue { $0.queue.mayRecord } }
    /// The last batch could not be written.
    package var isFailing: Bool { self.state.withLockedValue { $0.queue.isFailing } }

    package var figures: StoreFigures {
        self.state.withLockedValue { state in
            var figures = state.figures
            figures.pending = state.queue.count
            return figures
        }
    }

    // MARK: - For the writer

    /// Whoever writes is woken by this: called on any thread when there is work. It must not wait, as rooms hold their locks meanwhile.
    package func attach(wake: @escaping @Sendable () -> Void) { self.state.withLockedValue { $0.wake = wake } }

    package var hasWork: Bool { self.state.withLockedValue { $0.queue.hasWork } }

    /// The next changes, in order; they are to be written whole or not at all, and then `written` or `failed` is called.
    package func takeBatch(most: Int) -> [StoredChange] {
        self.state.withLockedValue { $0.queue.takeBatch(most: most).map(\.change) }
    }

    package func written(now: MonotonicTime) {
        let (entries, outcome) = self.state.withLockedValue { state in
            let entries = state.queue.written()
            for entry in entries { state.figures.written(entry.change.operation, in: now - entry.recorded) }
            return (entries, state.queue.outcome)
        }
        for (post, objects) in Self.byLoop(entries.compactMap(\.waiter)) { post.deliver(objects, outcome) {} }
    }

    package func failed(now: MonotonicTime) {
        let (refused, outcome) = self.state.withLockedValue { state in
            let refused = state.queue.failed { Self.byLoop($0.compactMap(\.waiter)).count }
            for entry in refused { state.figures.count(entry.change.operation, .failed) }
            return (refused.compactMap(\.waiter), state.queue.outcome)
        }
        for (post, objects) in Self.byLoop(refused) {
            post.deliver(objects, outcome) { self.state.withLockedValue { $0.queue.undone() } }
        }
    }

    /// The writer can write again; false if it has to ask again in a moment, as somebody has yet to undo what was refused.
    package func recovered() -> Bool { self.state.withLockedValue { $0.queue.recovered() } }

    /// Bytes that the store takes.
    package func observe(bytes: Int) { self.state.withLockedValue { $0.figures.bytes = bytes } }

    // MARK: -

    private static func byLoop(_ waiters: [Waiter]) -> [(post: LoopPost, objects: [any JournalWaiter])] {
        var groups: [(post: LoopPost, objects: [any JournalWaiter])] = []
        for waiter in waiters {
            // There are few loops.
            if let index = groups.firstIndex(where: { $0.post === waiter.post }) {
                // A room that stored several items in a row need be told once.
                if groups[index].objects.last !== waiter.object { groups[index].objects.append(waiter.object) }
            } else {
                groups.append((waiter.post, [waiter.object]))
            }
        }
        return groups
    }
}

extension Journal: LoopWakeable {
    /// The loop has dealt with what came in.
    package func wake(from context: LoopContext) { self.wakeWriter() }
}
