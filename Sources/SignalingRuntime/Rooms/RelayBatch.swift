import ByteStreams
package import NIOCore
package import SignalingWire
package import WebSocketCore

/// Frames of one connection for the other side of its room, in the form in which they go out.
///
/// They are gathered while what was read is taken apart, so that the room, the receiver and the metrics are asked once a read and not once
/// a frame; and where the receiver's queue is empty, these bytes become the queue.
package struct RelayBatch: Sendable {
    struct Frame: Sendable {
        let kind: FrameKind
        let opcode: Opcode
        /// Of its payload, in bytes.
        let size: Int
    }

    private(set) var frames: [Frame] = []
    private(set) var kinds = FrameKinds.none
    /// All frames, headers included, one behind the other.
    var bytes = ByteBuffer()

    package init() {}

    package var isEmpty: Bool { self.frames.isEmpty }
    /// More would be dear if they are all refused, as each refusal is longer than a short frame; and more bytes at once than one read has
    /// would pass the mark at which their sender has to wait. What was kept of a client that has ended its direction are many reads.
    package var isLarge: Bool { self.frames.count >= 256 || self.bytes.readableBytes >= 64 * 1024 }

    package mutating func append(_ kind: FrameKind, _ opcode: Opcode, _ payload: ByteBuffer, _ loop: SignalingLoop) {
        if self.bytes.capacity == 0 { self.bytes = loop.context.takeBuffer() }
        self.kinds.insert(kind)
        self.frames.append(Frame(kind: kind, opcode: opcode, size: payload.readableBytes))
        WebSocketFrame.write(opcode, payload: payload, into: &self.bytes)
    }

    package mutating func removeAll() {
        self.frames.removeAll(keepingCapacity: self.frames.count <= 1024)
        self.kinds = .none
        // Mostly they have gone to the receiver; clearing what never had storage of its own would give it some.
        if self.bytes.readableBytes > 0 { self.bytes.clear() }
        if self.bytes.capacity > LoopContext.largestMessageKept { self.bytes = ByteBuffer() }
    }

    /// Takes the batch apart again, with a payload for each frame that keeps no more than itself.
    func forEachPayload(_ body: (Frame, ByteBuffer) -> Void) {
        var rest = self.bytes
        for frame in self.frames {
            rest.moveReaderIndex(forwardBy: WebSocketFrame.headerLength(frame.size))
            guard let payload = rest.readSlice(length: frame.size) else { return }
            body(frame, payload.compactCopy())
        }
    }
}
