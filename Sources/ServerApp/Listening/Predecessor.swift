import ByteStreams

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The server at HANDOVER's path, as the one that follows it sees it. Its calls block, for a bounded time.
struct Predecessor {
    let listeners: [ListenerRole: ListeningSocket]
    private let path: String
    private let connection: HandoverConnection

    /// Asks whoever listens at the path for the listeners; nil if nobody does. It goes on as before until `takeOver`.
    static func find(at path: String) throws(StartupError) -> Predecessor? {
        do {
            guard let connection = try HandoverConnection.open(to: path) else { return nil }
            try connection.checkPeer()
            // One that is about to end closes without an answer.
            guard let answer = try Self.ask(connection) else { return nil }
            return Predecessor(listeners: try Self.listeners(answer), path: path, connection: connection)
        } catch {
            throw StartupError("HANDOVER=\(path): the server there hands nothing over, stop it first: \(error)")
        }
    }

    private static func ask(_ connection: HandoverConnection) throws -> HandoverConnection.Message? {
        do { try connection.send([HandoverProtocol.version]) } catch let error as SystemCallError where error.code == EPIPE { return nil }
        return try connection.receive()
    }

    private static func listeners(_ answer: HandoverConnection.Message) throws -> [ListenerRole: ListeningSocket] {
        let roles = answer.bytes.dropFirst()
        guard answer.bytes.first == HandoverProtocol.version, roles.count == answer.passed.count, !roles.isEmpty else {
            throw HandoverFailure("it speaks another version of the protocol")
        }
        var listeners: [ListenerRole: ListeningSocket] = [:]
        for (byte, descriptor) in zip(roles, answer.passed) {
            guard let role = ListenerRole(rawValue: byte), let socket = try ListeningSocket.adopt(descriptor.release()) else {
                throw HandoverFailure("it speaks another version of the protocol")
            }
            listeners[role] = socket
        }
        return listeners
    }

    /// From now on the other accepts no more.
    func takeOver() throws(StartupError) {
        do {
            try self.connection.send([HandoverProtocol.taken])
            guard try self.connection.receiveByte() == HandoverProtocol.agreed else { throw HandoverFailure("it left") }
        } catch {
            throw StartupError("HANDOVER=\(self.path): the server there has ended or lost patience, start this one again: \(error)")
        }
    }

    /// False if the other has not let go of its state in that time. It says so, or ends, and then that is free too.
    func waitForState(within patience: Duration) -> Bool { self.connection.hasInput(within: patience) }
}
