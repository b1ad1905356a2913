/// What a frame from the server says it is.
package enum FrameType: Sendable {
    case roomFull
    case peerLeft
    /// A mailbox item.
    case deliver
    case accepted
    case error
    case offer
    case answer
    case ice
    case other

    private static let key = Array(#""type""#.utf8)
    private static let names: [(name: [UInt8], type: FrameType)] = [
        (Array("ice".utf8), .ice), (Array("room_full".utf8), .roomFull), (Array("offer".utf8), .offer), (Array("answer".utf8), .answer),
        (Array("deliver".utf8), .deliver), (Array("accepted".utf8), .accepted), (Array("peer_left".utf8), .peerLeft),
        (Array("error".utf8), .error),
    ]

    package init(_ payload: UnsafeRawBufferPointer) {
        self = .other
        guard let text = payload.text(behind: Self.key) else { return }
        for entry in Self.names where text.isEqual(to: entry.name) { self = entry.type }
    }
}
