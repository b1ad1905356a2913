import LoadClients
import NIOCore

/// Clients that do not read while their peer pushes.
extension Soak {
    /// Reads on before the server gives it up: everything arrives.
    func slowReader(_ cast: Cast) async throws {
        let (pusher, reader, stream) = try await self.pairWithReader(cast)
        // Well under the two heartbeats of silence that the server allows, on a busy machine too.
        try await self.push(pusher, stream, for: 0.7 * self.plan.heartbeat)
        reader.isReading = true
        while stream.waiting > 0 { try await reader.expect(frameOf: stream) }
        try await self.part(pusher, reader)
    }

    /// Never reads: it is closed with 4008, and its peer goes on.
    func stalledReader(_ cast: Cast) async throws {
        let (pusher, reader, stream) = try await self.pairWithReader(cast)
        reader.answers = false
        reader.unseenCode = 4008
        try await self.push(pusher, stream, for: 0.5 * self.plan.heartbeat)
        try await pusher.expect(.peerLeft, within: self.patience)
        // Of what was not read yet some is held, and the rest refused.
        try await pusher.sync()
        while pusher.waiting > 0 { try await pusher.expect(error: "peer_absent") }
        stream.writeOff()
        reader.reset()
        try await reader.ended()
        try await pusher.close()
    }

    private func pairWithReader(_ cast: Cast) async throws -> (pusher: WebSocketClient, reader: WebSocketClient, stream: RelayStream) {
        let pusher = try await cast.open(self.newRoom(), .a, from: self.newAddress())
        let reader = try await cast.open(pusher.request.room, .b, from: self.newAddress(), receiveBuffer: 64 * 1024)
        try await pusher.expect(.roomFull)
        try await reader.expect(.roomFull)
        try await reader.sync()
        reader.isReading = false
        return (pusher, reader, cast.stream("pusher to reader"))
    }

    /// Sends as much as the socket takes, for a time; by its end, usually nothing has gone through for a while.
    private func push(_ pusher: WebSocketClient, _ stream: RelayStream, for seconds: Double) async throws {
        let end = self.loop.now + UInt64(seconds * 1e9)
        var number = 0
        while self.loop.now < end {
            while pusher.mayPush, number < Self.mostPushed {
                number += 1
                stream.send(.ice, Payloads.relay(number, bytes: 8000), through: pusher, at: self.loop.now)
            }
            await self.loop.pause(.milliseconds(20))
        }
    }

    /// Frames of 8 kB: more than the buffers on the way take.
    private static let mostPushed = 8000
}
