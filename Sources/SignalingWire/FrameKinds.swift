/// Which kinds there are among some frames. No OptionSet: its empty literal is made by generic code, once for each relayed frame.
package struct FrameKinds: Sendable, Equatable {
    private var bits: UInt16

    @inline(__always)
    private init(bits: UInt16) { self.bits = bits }

    @inline(__always)
    package init(_ kind: FrameKind) { self.bits = 1 &<< UInt16(kind.rawValue) }

    @inline(__always)
    package static var none: FrameKinds { FrameKinds(bits: 0) }

    @inline(__always)
    package mutating func insert(_ kind: FrameKind) { self.bits |= FrameKinds(kind).bits }

    @inline(__always)
    package func contains(_ kind: FrameKind) -> Bool { self.bits & FrameKinds(kind).bits != 0 }

    /// Whether a peer describes itself to the other.
    @inline(__always)
    package var hasDescription: Bool { self.contains(.offer) || self.contains(.answer) }
}
