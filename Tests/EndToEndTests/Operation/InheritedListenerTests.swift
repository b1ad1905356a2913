import ByteStreams
import NIOCore
import ServerApp
import ServerConfiguration
import SignalingTestKit
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A socket that the service manager has opened (LISTEN_FDS).
@Suite struct InheritedListenerTests {
    private static let own = String(getpid())

    private static func find(_ variables: [String: String], descriptor: CInt = -1) throws(StartupError) -> ListeningSocket? {
        try InheritedListener.find({ variables[$0] }, descriptor: descriptor)
    }

    private static func open() throws -> ListeningSocket { try .open(SocketAddress(ipAddress: "127.0.0.1", port: 0)) }

    @Test func aSocketThatWasPassedIsServed() async throws {
        try await HandoverFolder.use { folder in
            let opened = try Self.open()
            let address = try opened.address()
            // It waits since before there was a server.
            let early = try await SocketClient.connect(to: address)
            let inherited = try Self.find(["LISTEN_PID": Self.own, "LISTEN_FDS": "1"], descriptor: opened.release())
            #expect(inherited != nil)
            let server = try await folder.start(inherited: inherited) {
                $0.handover = nil
                // They are not asked for.
                ($0.host, $0.port) = ("192.0.2.1", 1)
            }
            #expect(server.server.address == address)
            #expect(try await early.request(HTTPAsk("GET", "/healthz")).status == 200)
            let line = try #require(server.log.lines("listening").first)
            #expect(line.metadata["listener_from"] == "the service manager")
            #expect(line.metadata["host"] == "127.0.0.1" && line.metadata["port"] == "\(address.port ?? 0)")
        }
    }

    @Test(arguments: [
        [:], ["LISTEN_FDS": "1"], ["LISTEN_PID": own], ["LISTEN_PID": "1", "LISTEN_FDS": "1"], ["LISTEN_PID": "x", "LISTEN_FDS": "1"],
        ["LISTEN_PID": "", "LISTEN_FDS": "x"],
    ])
    func whatIsNotForThisProcessIsIgnored(variables: [String: String]) throws {
        let opened = try Self.open()
        #expect(try Self.find(variables, descriptor: opened.descriptor) == nil)
        #expect(throws: Never.self) { try opened.address() }
    }

    @Test(arguments: ["0", "2", "-1", "", "one"])
    func exactlyOneIsTaken(count: String) throws {
        let error = #expect(throws: StartupError.self) { try Self.find(["LISTEN_PID": Self.own, "LISTEN_FDS": count]) }
        #expect(error?.description.hasPrefix("LISTEN_FDS") == true && error?.description.contains("\n") == false)
    }

    @Test func whatIsNoListenerIsRefused() throws {
        var ends: [CInt] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { close(ends[1]) }
        for descriptor in [ends[0], -1] {
            let error = #expect(throws: StartupError.self) {
                try Self.find(["LISTEN_PID": Self.own, "LISTEN_FDS": "1"], descriptor: descriptor)
            }
            #expect(error?.description.contains("no TCP socket that listens") == true)
        }
    }

    @Test func aSocketOfTheServiceManagersIsNotHandedOver() async throws {
        try await HandoverFolder.use { folder in
            let error = await #expect(throws: StartupError.self) { try await folder.start(inherited: Self.open()) }
            #expect(error?.description.contains("LISTEN_FDS") == true)
            #expect(access(folder.path, F_OK) != 0)
        }
    }
}
