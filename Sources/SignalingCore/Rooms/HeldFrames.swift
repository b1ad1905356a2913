package import NIOCore
package import SignalingWire
package import WebSocketCore

/// A relayed message that is held for a peer that is not there yet: opcode and payload as they came.
package struct HeldFrame: Sendable, Equatable {
    package var kind: FrameKind
    package var opcode: Opcode
    package var payload: ByteBuffer

    package init(kind: FrameKind, opcode: Opcode, payload: ByteBuffer) {
        self.kind = kind
        self.opcode = opcode
        self.payload = payload
    }
}

/// What one connection sent while the other side was absent, in order.
package struct HeldFrames: Sendable {
    /// The protocol's bounds for one connection.
    package static let maxMessages = 256
    package static let maxBytes = 1 << 20

    package private(set) var frames: [HeldFrame] = []
    package private(set) var bytes = 0

    package init() {}

    package func hasSpace(for frame: HeldFrame) -> Bool {
        self.frames.count < Self.maxMessages && frame.payload.readableBytes <= Self.maxBytes - self.bytes
    }

    package mutating func append(_ frame: HeldFrame) {
        self.frames.append(frame)
        self.bytes += frame.payload.readableBytes
    }

    /// Returns all frames and keeps none.
    package mutating func takeAll() -> [HeldFrame] {
        defer { self = HeldFrames() }
        return self.frames
    }
}

extension HeldFrame {
    package func write(into buffer: inout ByteBuffer) {
        WebSocketFrame.write(self.opcode, payload: self.payload, into: &buffer)
    }
}
