import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import NetworkAddresses
import SignalingTestKit
import Testing

/// Connections that begin with a PROXY header, on every carrier; behind TLS it comes before that.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ProxiedStreamTests {
    private final class Refusals: Sendable {
        private let noted = NIOLockedValueBox<[ProxyHeaderFault]>([])
        var faults: [ProxyHeaderFault] { self.noted.withLockedValue { $0 } }

        func options(trusting network: String = "127.0.0.0/8") throws -> Rig.Options {
            var options = Rig.Options()
            let blocks = [try #require(AddressBlock(network))]
            options.proxyHeaders = ProxyHeaders(trusted: TrustedProxies(blocks: blocks)) { [noted] fault, peer in
                #expect(peer == .v4(0x7f00_0001))
                noted.withLockedValue { $0.append(fault) }
            }
            return options
        }
    }

    private static let echoes: Script = { $0.onReceived = { driver, bytes in driver.send(bytes) } }
    private static let line = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n"

    @Test(arguments: Carrier.allCases) func theDriverLearnsWhoseConnectionItIsAndReadsOnBehindTheHeader(_ carrier: Carrier) async throws {
        let refusals = Refusals()
        try await Rig.run(carrier, refusals.options(), script: Self.echoes) { rig in
            for (preface, client) in [(Self.line, ClientAddress("203.0.113.7")), ("PROXY UNKNOWN\r\n", nil)] {
                let socket = try await rig.connect(preface: preface)
                try await socket.send("ping")
                #expect(try await socket.read("echo") { $0.readString(length: 4) } == "ping")
                let number = rig.journal.pages.count(.opened)
                let driver = try await rig.driver(number)
                try await driver.run {
                    #expect($0.client == client)
                    #expect($0.stream?.peer == .v4(0x7f00_0001))
                }
                #expect(rig.journal.pages.text(number) == "ping")
                socket.close()
            }
        }
        #expect(refusals.faults.isEmpty)
    }

    /// The header comes byte by byte, and the last byte with what follows.
    @Test(arguments: Carrier.plain) func aHeaderMayComeInPieces(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, Refusals().options(), script: Self.echoes) { rig in
            let socket = try await rig.connect()
            for scalar in Self.line.unicodeScalars.dropLast() { try await socket.send(String(scalar)) }
            try await socket.send("\nping")
            #expect(try await socket.read("echo") { $0.readString(length: 4) } == "ping")
        }
    }

    @Test(arguments: Carrier.allCases) func whoIsNotTrustedIsRefused(_ carrier: Carrier) async throws {
        let refusals = Refusals()
        try await Rig.run(carrier, refusals.options(trusting: "192.0.2.0/24"), script: Self.echoes) { rig in
            let socket = try await rig.connect(preface: Self.line)
            // Behind TLS the client may see the end as a failure to agree on it.
            _ = try? await socket.send("ping")
            try await rig.journal.wait("the end") { $0.ended == 1 }
            #expect(rig.journal.pages.received(1) == 0)
        }
        #expect(refusals.faults == [.untrusted])
    }

    @Test(arguments: Carrier.allCases) func withoutAHeaderAConnectionIsRefused(_ carrier: Carrier) async throws {
        let refusals = Refusals()
        try await Rig.run(carrier, refusals.options(), script: Self.echoes) { rig in
            let socket = try await rig.connect()
            _ = try? await socket.send("GET / HTTP/1.1\r\n")
            try await rig.journal.wait("the end") { $0.ended == 1 }
            #expect(rig.journal.pages.received(1) == 0)
        }
        #expect(refusals.faults == [.missing])
    }

    @Test(arguments: Carrier.plain) func whatEndsWithinItsHeaderIsToldOfAndWhatNeverBeganIsNot(_ carrier: Carrier) async throws {
        let refusals = Refusals()
        try await Rig.run(carrier, refusals.options(), script: Self.echoes) { rig in
            let silent = try await rig.connect()
            _ = try await rig.driver(1)
            silent.close()
            try await rig.journal.wait("the first end") { $0.ended == 1 }
            let socket = try await rig.connect()
            try await socket.send("PROXY TCP4")
            // It has come before the end has: one read takes both in their order.
            _ = try await rig.driver(2)
            socket.close()
            try await rig.journal.wait("the second end") { $0.ended == 2 }
        }
        #expect(refusals.faults == [.incomplete])
    }
}
