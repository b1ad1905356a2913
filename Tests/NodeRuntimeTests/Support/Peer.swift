import NIOCore
import NetworkAddresses
import SignalingTestKit
import SignalingWire
import WebSocketCore

/// A client's WebSocket, from its request on.
final class Peer {
    /// Every 16 bytes are a key.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    let stream: ClientStream
    /// The response to the upgrade, once it is there.
    private(set) var response: HTTPReply?
    /// What has come but pings, in order.
    private(set) var frames: [ReceivedFrame] = []
    private(set) var closeCode: UInt16?
    /// Told of each change.
    var whenChanged: () -> Void = {}
    private var unread = ByteBuffer()

    init(
        _ cluster: Cluster, at node: ServerNode, _ room: RoomID, _ side: Side, sid: String? = nil, token: String? = nil,
        from client: ClientAddress = .v4(0xC000_0201), fields: [(String, String)] = []
    ) {
        self.stream = cluster.connect(to: node, from: client)
        var target = "/ws?appID=\(room.text)&side=\(side.name)"
        if let sid { target += "&sid=\(sid)" }
        if let token { target += "&token=\(token)" }
        let ask = HTTPAsk(
            "GET", target,
            headers: [
                ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", Self.key),
            ] + fields)
        self.stream.whenChanged = { [weak self] in self?.changed() }
        self.stream.send(ByteBuffer(string: ask.text))
    }

    var isOver: Bool { self.stream.isOver }
    var isConnected: Bool { self.response?.status == 101 && !self.isOver && self.closeCode == nil }
    var status: Int? { self.response?.status }
    var texts: [String] { self.frames.filter { $0.opcode == .text || $0.opcode == .binary }.map(\.text) }

    func takeTexts() -> [String] {
        defer { self.frames = [] }
        return self.texts
    }

    func send(_ text: String) { self.send(.text(text)) }
    func send(_ frame: ClientFrame) { self.stream.send(ByteBuffer(bytes: frame.bytes)) }
    /// The connection is gone without a word.
    func drop() { self.stream.end(.reset) }
    func close() { self.send(.close(1000)) }

    private func changed() {
        self.unread.writeImmutableBuffer(self.stream.take())
        if self.response == nil { self.response = (try? HTTPReply.read(from: &self.unread)) ?? nil }
        if self.response?.status == 101 { while let frame = self.nextFrame() { self.take(frame) } }
        self.whenChanged()
    }

    private func take(_ frame: ReceivedFrame) {
        switch frame.opcode {
        case .ping: self.send(ClientFrame(.pong, frame.payload))
        case .close:
            self.closeCode = frame.payload.count >= 2 ? UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1]) : 1005
            self.send(ClientFrame(.close, Array(frame.payload.prefix(2))))
        default: self.frames.append(frame)
        }
    }

    /// The next whole frame of what has come.
    private func nextFrame() -> ReceivedFrame? {
        let at = self.unread.readerIndex
        guard let short = self.unread.getInteger(at: at + 1, as: UInt8.self) else { return nil }
        var length = 2 + Int(short)
        if short == 126 {
            guard let more = self.unread.getInteger(at: at + 2, as: UInt16.self) else { return nil }
            length = 4 + Int(more)
        } else if short == 127 {
            guard let more = self.unread.getInteger(at: at + 2, as: UInt64.self) else { return nil }
            length = 10 + Int(more)
        }
        guard let slice = self.unread.readSlice(length: length) else { return nil }
        guard let frame = ReceivedFrame.frames(in: slice)?.first else { preconditionFailure("no frame of a server's: \(slice)") }
        return frame
    }
}
