import ByteStreams
import Logging
import MetricsCore
import NIOCore
import NetworkAddresses
import STUNCore
import STUNServer
import SignalingTestKit
import Testing
import TimeKeeping

/// The service on real sockets of loopback.
@Suite struct STUNServiceTests {
    /// Runs a test with a service, which is stopped afterwards.
    private func withService(
        at host: String = "127.0.0.1", port: Int = 0, _ adjust: (inout STUNLimits) -> Void = { _ in }, clock: ManualClock? = nil,
        log: LogRecorder = LogRecorder(), _ test: (STUNService, SocketAddress) async throws -> Void
    ) async throws {
        var limits = STUNLimits()
        adjust(&limits)
        let service = try STUNService(
            at: SocketAddress(ipAddress: host, port: port), limits: limits, clock: clock?.serverClock ?? .system, logger: log.logger)
        let address = try SocketAddress(ipAddress: host == "::" ? "127.0.0.1" : host, port: service.port ?? port)
        let result: Result<Void, any Error>
        do { result = .success(try await test(service, address)) } catch { result = .failure(error) }
        await service.stop()
        #expect(service.port == nil)
        try result.get()
    }

    private static let hasIPv6 = (try? DatagramClient(at: "::1")) != nil

    @Test func aClientLearnsItsAddress() async throws {
        try await self.withService { service, address in
            let client = try DatagramClient(at: "127.0.0.1")
            let reply = try #require(STUNReply(try await client.response(to: STUNBytes.message(), at: address)))
            #expect(reply.mapped == .v4(0x7f00_0001) && reply.port == UInt16(client.port) && reply.hasFingerprint)
            #expect(reply.transaction == STUNBytes.transaction)
            // Repetitions of the request may have been answered too.
            try await eventually("counted") { service.figures.requests[.answered] > 0 }
            let figures = service.figures
            #expect(figures.bytesIn == 20 * figures.requests[.answered] && figures.bytesOut == 40 * figures.requests[.answered])
        }
    }

    @Test(.enabled(if: hasIPv6)) func aClientLearnsItsIPv6Address() async throws {
        try await self.withService(at: "::1") { _, address in
            let client = try DatagramClient(at: "::1")
            for (request, count) in [(STUNBytes.message(), 44), (STUNBytes.fingerprinted(STUNBytes.message()), 52)] {
                let response = try await client.response(to: request, at: address)
                let reply = try #require(STUNReply(response))
                #expect(reply.mapped == .v6(high: 0, low: 1) && reply.port == UInt16(client.port) && response.count == count)
            }
        }
    }

    @Test(.enabled(if: hasIPv6)) func aSocketForAllAddressesServesBothFamilies() async throws {
        try await self.withService(at: "::") { service, address in
            let port = service.port ?? 0
            for (host, mapped) in [("127.0.0.1", ClientAddress.v4(0x7f00_0001)), ("::1", .v6(high: 0, low: 1))] {
                let client = try DatagramClient(at: host)
                let reply = STUNReply(try await client.response(to: STUNBytes.message(), at: SocketAddress(ipAddress: host, port: port)))
                #expect(reply?.mapped == mapped && reply?.port == UInt16(client.port))
            }
        }
    }

    #if os(Linux)
    /// A client ignores a response that comes from elsewhere. On Linux all of 127.0.0.0/8 is this machine's.
    @Test(arguments: ["0.0.0.0", "::"])
    func theResponseComesFromTheAddressThatWasAsked(host: String) async throws {
        if host == "::", !Self.hasIPv6 { return }
        try await self.withService(at: host) { service, _ in
            let asked = try SocketAddress(ipAddress: "127.0.0.77", port: service.port ?? 0)
            let client = try DatagramClient(at: "127.0.0.1")
            // From then on the kernel hands on what comes from there, and nothing else.
            try client.connect(to: asked)
            let reply = STUNReply(try await client.response(to: STUNBytes.message(), at: nil))
            #expect(reply?.mapped == .v4(0x7f00_0001))
        }
    }
    #endif

    @Test func whatIsNoRequestIsCountedAndNotAnswered() async throws {
        try await self.withService { service, address in
            let client = try DatagramClient(at: "127.0.0.1")
            let others = [[], [0], STUNBytes.message(type: 0x0101), STUNBytes.message(cookie: 1), [UInt8](repeating: 0, count: 1400)]
            // The last is whole only as long as it is not cut.
            let long = STUNBytes.message([STUNBytes.attribute(0x8022, [UInt8](repeating: 0, count: 1300))])
            for bytes in others + [long] { client.send(bytes, to: address) }
            try await eventually("all of them are counted") { service.figures.requests[.malformed] == others.count + 1 }
            #expect(STUNReply(try await client.response(to: STUNBytes.message(), at: address)) != nil)
            #expect(client.allReceived().allSatisfy { STUNReply($0)?.mapped != nil })
            #expect(service.figures.requests[.limited] == 0 && service.figures.requests[.unsent] == 0)
        }
    }

    @Test func aSourceHasItsPart() async throws {
        let clock = ManualClock()
        try await self.withService({ $0.perSource = 5 }, clock: clock) { service, address in
            let client = try DatagramClient(at: "127.0.0.1")
            for _ in 0..<8 { client.send(STUNBytes.message(), to: address) }
            try await eventually("all have arrived") { service.figures.requests.values.reduce(0, +) == 8 }
            #expect(service.figures.requests[.answered] == 5 && service.figures.requests[.limited] == 3)
            #expect(client.allReceived().count == 5)
            clock.advance(by: .seconds(1))
            client.send(STUNBytes.message(), to: address)
            try await eventually("the next second has begun") { service.figures.requests[.answered] == 6 }
        }
    }

    /// In a tick that does not end, no more is read than a tick may. The kernel keeps a little of the rest, and drops what comes behind it.
    @Test func aFloodIsReadAsFarAsATickGoes() async throws {
        let clock = ManualClock()
        try await self.withService(
            {
                $0.perSource = 0
                $0.budget = WorkBudget(tick: .milliseconds(10), datagrams: 100, share: .milliseconds(5))
            }, clock: clock
        ) { service, address in
            func handled() -> Int { service.figures.requests.values.reduce(0, +) }
            let client = try DatagramClient(at: "127.0.0.1")
            for tick in 1...3 {
                for _ in 0..<5000 { client.send(STUNBytes.message(), to: address) }
                try await eventually("as many as a tick may have") { handled() == tick * 100 }
                // The thread looks again and again whether the tick is over.
                try await Task.sleep(for: .milliseconds(30))
                #expect(handled() == tick * 100)
                clock.advance(by: .milliseconds(10))
            }
            // However much was sent, the kernel has kept less than 2,000 of the smallest datagrams.
            for _ in 0..<40 {
                clock.advance(by: .milliseconds(10))
                try await Task.sleep(for: .milliseconds(2))
            }
            try await eventually("all that was kept is read") {
                clock.advance(by: .milliseconds(10))
                let before = handled()
                try await Task.sleep(for: .milliseconds(30))
                return handled() == before
            }
            #expect(handled() < 6000)
        }
    }

    @Test func aPortThatIsTakenIsWarnedOfOnceAndTriedAgain() async throws {
        let log = LogRecorder()
        let other = try DatagramPort()
        try await self.withService(port: other.port, { $0.pauseBeforeRetry = .milliseconds(20) }, log: log) { service, address in
            #expect(service.port == nil)
            let warnings = log.lines.filter { $0.level == .warning }
            #expect(warnings.count == 1 && warnings.first?.message.contains("set STUN_PORT to another one, or to 0 for none") == true)
            #expect(warnings.first?.metadata["port"] == "\(other.port)")
            try await Task.sleep(for: .milliseconds(100))
            #expect(service.port == nil && log.lines.count == 1)
            other.free()
            try await eventually("it answers") { service.port == other.port }
            try await eventually("it says so") { log.lines("answering STUN requests").count == 1 }
            let client = try DatagramClient(at: "127.0.0.1")
            #expect(STUNReply(try await client.response(to: STUNBytes.message(), at: address)) != nil)
            #expect(log.lines.count == 2)
        }
    }

    @Test func aServiceThatWaitsForItsPortCanBeStopped() async throws {
        let other = try DatagramPort()
        try await self.withService(port: other.port, { $0.pauseBeforeRetry = .seconds(3600) }) { service, _ in #expect(service.port == nil)
        }
    }

    /// Also in the middle of a flood, and twice.
    @Test func whoStopsHasThePortFree() async throws {
        let service = try STUNService(at: SocketAddress(ipAddress: "127.0.0.1", port: 0), logger: LogRecorder().logger)
        let port = try #require(service.port)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let client = try DatagramClient(at: "127.0.0.1")
        for _ in 0..<2000 { client.send(STUNBytes.message(), to: address) }
        await service.stop()
        await service.stop()
        #expect(service.port == nil)
        #expect(throws: Never.self) { try DatagramClient(at: "127.0.0.1", port: port) }
    }

    /// The next server answers there: who asks this one for the port gets it all the same.
    @Test func whoIsFollowedStillNamesThePort() async throws {
        let service = try STUNService(at: SocketAddress(ipAddress: "127.0.0.1", port: 0), logger: LogRecorder().logger)
        let port = try #require(service.port)
        await service.stop(isFollowed: true)
        #expect(service.port == port)
        #expect(throws: Never.self) { try DatagramClient(at: "127.0.0.1", port: port) }
    }
}

/// A UDP port that somebody has.
private final class DatagramPort {
    private var holder: DatagramClient?
    let port: Int

    init() throws {
        let holder = try DatagramClient(at: "127.0.0.1")
        self.holder = holder
        self.port = holder.port
    }

    func free() { self.holder = nil }
}
