/// The line that a person reads in `systemctl status`.
package struct ServerStatus: Sendable, Equatable {
    package enum Phase: Sendable { case serving, leaving, ending }

    package var phase: Phase
    package var connections: Int
    package var rooms: Int
    /// Nil where several servers have codes together.
    package var codes: Int?

    package init(_ phase: Phase, connections: Int, rooms: Int, codes: Int?) {
        self.phase = phase
        self.connections = connections
        self.rooms = rooms
        self.codes = codes
    }

    package var text: String {
        let counts =
            [Self.count(self.connections, "connection"), Self.count(self.rooms, "room")]
            + (self.codes.map { [Self.count($0, "code")] } ?? [])
        let all = counts.joined(separator: ", ")
        return switch self.phase {
        case .serving: all
        case .leaving: "told to stop, serving on for SHUTDOWN_DELAY: \(all)"
        case .ending: "shutting down: \(Self.count(self.connections, "connection")) left"
        }
    }

    private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
