import DoctorCore
import SignalingClient

/// Two connections of one room.
struct PairingProbe: Sendable {
    let a: any SignalingSocket
    let b: any SignalingSocket
    let probe: SignalingProbe

    private static let bothPresent = "room_full"

    /// Returns when both are told of each other, or not in time.
    func meet() async -> PairingOutcome {
        do {
            for socket in [self.a, self.b] {
                if case .closed(let code, let reason) = try await self.probe.inTime({ try await Self.first(Self.bothPresent, on: socket) })
                {
                    return .closed(code: Int(code), reason: reason)
                }
            }
            return .paired
        } catch {
            return .apart(seconds: Int(self.probe.limit.components.seconds))
        }
    }

    /// The directions in which a frame does not arrive as it was sent. It is one that tells the server nothing of a connection between peers.
    func exchange() async -> [String] {
        var lost: [String] = []
        for (from, to, name) in [(self.a, self.b, "from A to B"), (self.b, self.a, "from B to A")] {
            let frame = Array(#"{"type":"sender_ready","doctor":"\#(UInt64.random(in: 0 ... .max))"}"#.utf8)
            let arrived = try? await self.probe.inTime {
                try await from.send(frame)
                return try await Self.first("sender_ready", on: to)
            }
            if arrived != .data(frame) { lost.append(name) }
        }
        return lost
    }

    /// Leaves both alone for a time, in which the server has to look three times whether they are there.
    func idle(for time: Duration) async -> IdleOutcome {
        let start = ContinuousClock.now
        let sockets = [self.a, self.b]
        let code = await withTaskGroup(of: Int?.self) { group in
            for socket in sockets { group.addTask { await Self.end(of: socket) } }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let code else { return .stayed }
        return .cut(afterMs: Int(start.duration(to: .now) / .milliseconds(1)), code: code)
    }

    func close() async {
        for socket in [self.a, self.b] { await socket.close(code: 1000) }
    }

    /// The next frame of a type, or the end.
    private static func first(_ type: String, on socket: any SignalingSocket) async throws -> SocketMessage {
        struct Frame: Decodable { var type: String }
        while true {
            let message = try await socket.receive()
            switch message {
            case .data(let bytes): if (try? JSONText.decode(Frame.self, from: bytes))?.type == type { return message }
            case .ping: continue
            case .closed: return message
            }
        }
    }

    /// The code with which it ends; nil where nobody waits for that any more.
    static func end(of socket: any SignalingSocket) async -> Int? {
        while let message = try? await socket.receive() {
            if case .closed(let code, _) = message { return Int(code) }
        }
        return nil
    }
}
