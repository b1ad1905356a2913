package import ByteStreams
package import NIOCore
package import WebSocketCore
package import WebSocketServer

/// A connection without a stream: it writes down what it is sent and ordered, as far as its socket is said to take anything.
package final class RecordingOwner: OutboxOwner {
    package let context: LoopContext
    package let outbox: Outbox
    package var canWrite = true
    package private(set) var signals = 0
    package private(set) var bytes = ByteBuffer()
    package private(set) var chunks: [Int] = []
    private var orders: [Outbox.Orders] = []

    package init(id: UInt64, context: LoopContext) {
        self.context = context
        self.outbox = Outbox(id: ConnectionID(id), loop: context.loop)
        self.outbox.open(for: self)
    }

    package func outboxSignalled() {
        self.signals += 1
        self.drain()
        // As a connection does: what its own draining led to is passed on at once.
        self.context.flushTouched()
    }

    package func drain() {
        while true {
            var taken = self.outbox.take(self.context, canWrite: self.canWrite)
            if taken.orders != Outbox.Orders() { self.orders.append(taken.orders) }
            guard taken.bytes.readableBytes > 0 else { return }
            self.chunks.append(taken.bytes.readableBytes)
            self.bytes.writeImmutableBuffer(taken.bytes)
            self.context.recycle(&taken.bytes)
        }
    }

    /// What arrived since the last time it was asked for.
    package func takeFrames() -> [ReceivedFrame]? {
        defer { self.bytes.clear() }
        return ReceivedFrame.frames(in: self.bytes)
    }

    package func takeOrders() -> [Outbox.Orders] {
        defer { self.orders = [] }
        return self.orders
    }

    package func close() { self.outbox.close(self.context) }
}

extension Outbox.Orders {
    package static func resumes(_ count: Int) -> Outbox.Orders { Self.with { $0.resumes = count } }
    package static func closing(_ code: CloseCode) -> Outbox.Orders { Self.with { $0.close = code } }
    package static let released = Self.with { $0.isReleased = true }
    package static let probed = Self.with { $0.isProbed = true }
    package static let drained = Self.with { $0.hasDrained = true }

    private static func with(_ change: (inout Outbox.Orders) -> Void) -> Outbox.Orders {
        var orders = Outbox.Orders()
        change(&orders)
        return orders
    }
}
