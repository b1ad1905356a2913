package import ByteStreams
import FairShares
import NIOConcurrencyHelpers
package import NIOCore
import Synchronization
package import WebSocketCore

/// The connection behind an outbox, on its own loop.
package protocol OutboxOwner: AnyObject {
    /// Something was put in: take it with `Outbox.take`.
    func outboxSignalled()
}

/// Everything others want of a connection: bytes to send, and what to do. Anyone may put in, from any loop; the connection takes out on
/// its own. One lock a connection, held for the length of a copy.
///
/// Whoever decides under a lock of its own may put in while it holds that: then bytes go out in the order of the decisions.
package final class Outbox: LoopWakeable, Reclaimable {
    /// Past this many bytes waiting here, senders stop reading. As many again may wait in the stream (`chunk` at a time), which makes the
    /// 256 KiB that the protocol promises.
    package static let congestionMark = 128 * 1024
    /// Senders go on once less than this is waiting.
    package static let resumeMark = 32 * 1024
    /// Bytes handed to the stream at a time, while it is writable.
    package static let chunk = 64 * 1024
    /// No queue grows past this, but by one message that is larger: its connection is closed for being slow. Senders wait long before. What
    /// nobody waits for are the few bytes that tell of peers who come and go.
    package static let mostQueued = 384 * 1024
    /// Bytes already taken that the queue's storage may still hold.
    private static let mostSpent = 4 * chunk

    /// What there is to do besides sending.
    package struct Orders: Sendable, Equatable {
        /// Senders this connection waited for that have drained since.
        package var resumes = 0
        /// The connection was held, and may be read from now.
        package var isReleased = false
        /// Send a ping at once: somebody wants to know whether the client is alive.
        package var isProbed = false
        /// Drained enough for its sink to put in more.
        package var hasDrained = false
        /// Others need the memory that its unfinished message, or its output, takes: give it up, and close.
        package var givesUpMessage = false
        package var givesUpOutput = false
        package var close: CloseCode?

        package init() {}
    }

    package let id: ConnectionID
    private let loop: any StreamLoop
    /// Touched on `loop` only: `wake` goes there first, and `open` and `close` are called there.
    nonisolated(unsafe) private var owner: (any OutboxOwner)?

    /// Whether the connection's socket is not being read because somebody it sends to is behind.
    private let readingPaused = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)

    private struct Queue: Sendable {
        var bytes = ByteBuffer()
        var orders = Orders()
        var waiters: [Outbox] = []
        var wantsMore = false
        var isTouched = false
        var isSealed = false
        var messages = 0
        /// The largest of what was put in at once since the queue was last within its bound.
        var largest = 0

        /// Marks the queue as having something for its owner; true if the owner is to be woken for it.
        mutating func touch() -> Bool {
            defer { self.isTouched = true }
            return !self.isTouched
        }

        /// Bytes were added to so many: whether the owner is to be woken for it, and whether the sender must wait.
        mutating func added(to before: Int, by sender: Outbox?) -> (touches: Bool, waits: Bool) {
            if self.bytes.readableBytes > Outbox.mostQueued { self.checkBound(before) }
            let waits = sender.map { self.makeWait($0) } ?? false
            return (self.touch(), waits)
        }

        private mutating func checkBound(_ before: Int) {
            if before <= Outbox.mostQueued { self.largest = 0 }
            self.largest = max(self.largest, self.bytes.readableBytes - before)
            if self.bytes.readableBytes > Outbox.mostQueued + self.largest { self.orders.close = .slowConsumer }
        }

        mutating func makeWait(_ sender: Outbox, always: Bool = false) -> Bool {
            guard always || self.bytes.readableBytes > Outbox.congestionMark, !self.isSealed,
                !self.waiters.contains(where: { $0 === sender })
            else { return false }
            // With those that have ended out of it the list is the peer and the connection itself, and a predecessor still closing.
            self.waiters.removeAll { $0.hasEnded.load(ordering: .relaxed) }
            self.waiters.append(sender)
            return true
        }

        mutating func takeWaiters() -> [Outbox] {
            guard !self.waiters.isEmpty else { return [] }
            defer { self.waiters = [] }
            return self.waiters
        }
    }
    private let queue = NIOLockedValueBox(Queue())

    package init(id: ConnectionID, loop: any StreamLoop) {
        self.id = id
        self.loop = loop
    }

    /// From here on the owner is woken for what is put in. The two hold each other until `close`.
    package func open(for owner: any OutboxOwner) {
        self.loop.assertIsCurrent()
        self.owner = owner
    }

    // MARK: - Putting in

    /// Appends bytes. `sender` is made to wait if the queue is long: true means that it must stop reading until an order to resume.
    package func append(_ context: LoopContext, sender: Outbox? = nil, _ write: (inout ByteBuffer) -> Void) -> Bool {
        let (touches, waits) = self.queue.withLockedValue { queue -> (Bool, Bool) in
            guard !queue.isSealed else { return (false, false) }
            queue.messages += 1
            if queue.bytes.capacity == 0 { queue.bytes = context.takeBuffer() }
            let before = queue.bytes.readableBytes
            write(&queue.bytes)
            return queue.added(to: before, by: sender)
        }
        if touches { context.touch(self) }
        return waits
    }

    /// Appends so many frames at once. Where the queue is empty their buffer becomes the queue, and `frames` is left with another one.
    package func append(_ context: LoopContext, sender: Outbox, frames: inout ByteBuffer, count: Int) -> Bool {
        let (touches, waits) = self.queue.withLockedValue { queue -> (Bool, Bool) in
            guard !queue.isSealed else { return (false, false) }
            queue.messages += count
            let before = queue.bytes.readableBytes
            if before == 0 {
                // What is in there need not be copied; what the queue had goes the other way, to be used for the next frames.
                swap(&queue.bytes, &frames)
            } else {
                queue.bytes.writeImmutableBuffer(frames)
            }
            return queue.added(to: before, by: sender)
        }
        if touches { context.touch(self) }
        return waits
    }

    /// Makes a sender wait that has put nothing in yet, if the queue is long already; or in any case, where more waits elsewhere for space
    /// in it.
    package func makeWait(_ sender: Outbox, always: Bool = false) -> Bool {
        self.queue.withLockedValue { $0.makeWait(sender, always: always) }
    }

    /// Changes the orders. `evenIfSealed`: also those of a connection that is closing already.
    package func order(_ context: LoopContext, evenIfSealed: Bool = false, _ change: (inout Orders) -> Void) {
        let touches = self.queue.withLockedValue { queue -> Bool in
            guard !queue.isSealed || evenIfSealed else { return false }
            change(&queue.orders)
            return queue.touch()
        }
        if touches { context.touch(self) }
    }

    /// Bytes that may still be put in before the queue counts as long.
    package var space: Int { self.queue.withLockedValue { Self.congestionMark - $0.bytes.readableBytes } }

    /// The sink has more than the queue has space for: order `hasDrained` once it has.
    package func wantMore(_ context: LoopContext) {
        let touches = self.queue.withLockedValue { queue -> Bool in
            queue.wantsMore = true
            return queue.touch() && !queue.isSealed
        }
        if touches { context.touch(self) }
    }

    package func wake(from context: LoopContext) {
        if self.loop === context.loop {
            self.owner?.outboxSignalled()
        } else {
            self.loop.execute { self.owner?.outboxSignalled() }
        }
    }

    // MARK: - Taking out, on the connection's own loop

    package struct Taken: ~Copyable {
        package var bytes = ByteBuffer()
        package var orders = Orders()
        /// Nothing is left, and there was nothing to do that could add anything; what is put in later is signalled anew.
        package var isLast = false
    }

    /// Takes the orders and, if the stream takes them, up to `chunk` bytes (or all, where that is less).
    package func take(_ context: LoopContext, canWrite: Bool) -> Taken {
        var taken = Taken()
        let drained = self.queue.withLockedValue { queue -> [Outbox] in
            queue.isTouched = false
            swap(&taken.orders, &queue.orders)
            if canWrite {
                if queue.bytes.readableBytes <= Self.chunk {
                    swap(&taken.bytes, &queue.bytes)
                } else if let slice = queue.bytes.readSlice(length: Self.chunk) {
                    taken.bytes = slice
                    // A queue that is refilled as fast as it is taken from would otherwise keep the storage of all that went through it.
                    if queue.bytes.readerIndex >= Self.mostSpent { queue.bytes.discardReadBytes() }
                }
            }
            guard queue.bytes.readableBytes <= Self.resumeMark else { return [] }
            if queue.wantsMore {
                queue.wantsMore = false
                taken.orders.hasDrained = true
            }
            taken.isLast = queue.bytes.readableBytes == 0 && taken.orders == Orders()
            return queue.takeWaiters()
        }
        if !drained.isEmpty { Self.resume(drained, context) }
        return taken
    }

    /// Said by the connection when it stops or goes on reading for the sake of a slow receiver.
    package var isReadingPaused: Bool {
        get { self.readingPaused.load(ordering: .relaxed) }
        set { self.readingPaused.store(newValue, ordering: .relaxed) }
    }

    /// Nothing goes in any more; what is in still goes out. Whoever waited reads on: there is nobody left to send to, or a successor.
    package func seal(_ context: LoopContext) {
        let waiters = self.queue.withLockedValue { queue -> [Outbox] in
            queue.isSealed = true
            return queue.takeWaiters()
        }
        Self.resume(waiters, context)
    }

    /// Frames put in so far.
    package var messages: Int { self.queue.withLockedValue { $0.messages } }

    /// Bytes that wait here.
    package var pendingBytes: Int { self.queue.withLockedValue { $0.bytes.readableBytes } }

    package var isPending: Bool { self.pendingBytes > 0 }

    /// The connection ended: nothing goes in any more, and whoever waited for it reads on.
    package func close(_ context: LoopContext) {
        self.loop.assertIsCurrent()
        self.owner = nil
        self.hasEnded.store(true, ordering: .relaxed)
        let waiters = self.queue.withLockedValue { queue -> [Outbox] in
            defer { queue = Queue(isSealed: true, messages: queue.messages) }
            return queue.waiters
        }
        Self.resume(waiters, context)
    }

    private static func resume(_ senders: [Outbox], _ context: LoopContext) {
        for sender in senders { sender.order(context) { $0.resumes += 1 } }
    }
}
