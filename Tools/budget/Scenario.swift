import ArgumentParser
import NIOCore
import SignalingTestKit

/// A unit of the server's work, as often as wanted, on connections in memory.
enum Scenario: String, CaseIterable, ExpressibleByArgument {
    /// A 200-byte frame from one side to the other, four of them in a read.
    case frame
    /// A code minted and redeemed on kept-alive connections.
    case code
    /// A whole pairing: mint, redeem, two upgrades, offer, answer, eight candidates each way, telemetry, close.
    case session
    /// A WebSocket opened and closed.
    case connection

    func run(_ units: Int, on server: Server) {
        switch self {
        case .frame: self.relay(units, server)
        case .code:
            let client = server.connect()
            for _ in 0..<units { _ = server.pair(over: client, client) }
        case .session: for _ in 0..<units { self.session(server) }
        case .connection:
            for unit in 0..<units { server.webSocket(room: Self.room(unit), side: "A").hangUp() }
        }
    }

    private static let framesInARead = 4
    private static let candidate = frame(
        #"{"type":"ice","candidate":{"candidate":"candidate:1 1 udp 2122260223 192.168.1.7 50000 typ host"#, 200)
    private static let offer = frame(#"{"type":"offer","sdp":"v=0"#, 2500)
    private static let answer = frame(#"{"type":"answer","sdp":"v=0"#, 2500)
    private static let telemetry = ByteBuffer(bytes: ClientFrame.text(#"{"type":"telemetry","event":"ice-connected"}"#).bytes)
    private static let close = ByteBuffer(bytes: ClientFrame.close(1000).bytes)

    /// A frame whose JSON is filled up to so many bytes.
    private static func frame(_ start: String, _ size: Int) -> ByteBuffer {
        let end = start.contains("candidate") ? #""}}"# : #""}"#
        let filler = String(repeating: "a", count: size - start.utf8.count - end.utf8.count)
        return ByteBuffer(bytes: ClientFrame.text(start + filler + end).bytes)
    }

    private static func room(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    private func relay(_ units: Int, _ server: Server) {
        let room = Self.room(1)
        let a = server.webSocket(room: room, side: "A")
        let b = server.webSocket(room: room, side: "B")
        var burst = ByteBuffer()
        for _ in 0..<Self.framesInARead { burst.writeImmutableBuffer(Self.candidate) }
        // Both directions, as peers talk.
        for read in 0..<units / Self.framesInARead { (read % 2 == 0 ? a : b).receive(burst) }
        a.hangUp()
        b.hangUp()
    }

    private func session(_ server: Server) {
        let minting = server.connect()
        let redeeming = server.connect()
        let room = server.pair(over: minting, redeeming, closing: true)
        let a = server.webSocket(room: room, side: "A")
        let b = server.webSocket(room: room, side: "B")
        a.receive(Self.offer)
        b.receive(Self.answer)
        for side in [b, a] {
            for _ in 0..<8 { side.receive(Self.candidate) }
        }
        for side in [a, b] {
            side.receive(Self.telemetry)
            side.receive(Self.close)
            precondition(!side.isOpen, "a close was not responded to")
        }
    }
}

extension Server {
    /// Mints a code and redeems it; the room's name.
    func pair(over minting: MeteredStream, _ redeeming: MeteredStream, closing: Bool = false) -> String {
        let headers = closing ? [("Connection", "close")] : []
        let minted = minting.response(to: ByteBuffer(string: HTTPAsk("POST", "/rendezvous/code", headers: headers, body: "").text))
        let code = Self.text("code", of: minted)
        let ask = HTTPAsk(
            "POST", "/rendezvous/redeem", headers: headers + [("Content-Type", "application/json")], body: #"{"code":"\#(code)"}"#)
        let room = Self.text("appID", of: redeeming.response(to: ByteBuffer(string: ask.text)))
        precondition(room == Self.text("appID", of: minted), "another room was redeemed than was minted")
        return room
    }

    func webSocket(room: String, side: String) -> MeteredStream {
        let stream = self.connect()
        stream.receive(ByteBuffer(string: WebSocketClient.upgradeAsk(room: room, side: side).text))
        precondition(stream.isOpen && stream.bytesSent > 100, "an upgrade was refused")
        return stream
    }

    /// A member of a response's body.
    private static func text(_ member: String, of response: ByteBuffer) -> String {
        HTTPReply(status: 0, fields: [], body: String(buffer: response)).text(member) ?? ""
    }
}
