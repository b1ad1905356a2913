import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NetworkAddresses
import SignalingTestKit
import Testing
import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What every `StreamLoop` holds about connections that are opened from here, whatever carries them. The other side is a stream of the same
/// transport, which has accepted them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ConnectTests {
    static let echoes: Script = { $0.onReceived = { driver, bytes in driver.send(bytes) } }

    /// `script` is that of those who accept.
    static func run(
        _ carrier: Carrier, _ options: Rig.Options = Rig.Options(), script: @escaping Script = echoes,
        _ test: (Rig, Caller, (any ClientTLS)?) async throws -> Void
    ) async throws {
        try await Rig.run(carrier, options, script: script) { rig in
            let caller = Caller(rig)
            try await test(rig, caller, carrier.clientTLS())
            await rig.transport.stop()
            caller.letGo()
        }
    }

    // MARK: - Connections that come about

    @Test(arguments: Carrier.allCases) func aConnectionIsOpenedAndCarriesBytesBothWays(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls) { $0.onOpened = { $0.send("hello") } }
            try await caller.journal.wait("the echo") { $0.text(1) == "hello" }
            let peer = NIOLockedValueBox<ClientAddress?>(nil)
            try await driver.run { driver in
                peer.withLockedValue { $0 = driver.stream?.peer }
                driver.send(" again")
            }
            let pages = try await caller.journal.wait("the echo") { $0.text(1) == "hello again" }
            #expect(pages.events(1).starts(with: [.opened, .completed]))
            #expect(peer.withLockedValue { $0 } == .v4(0x7F00_0001))
            // The one that was accepted, and nobody else.
            #expect(rig.accepting.open == 1)
            try await driver.run { $0.stream?.close() }
            #expect(try await caller.end(of: driver) == nil)
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    @Test(arguments: Carrier.allCases) func muchGoesBothWays(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(4_000_000)
        try await Self.run(carrier) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls) { $0.onOpened = { $0.send(sent) } }
            let pages = try await caller.journal.wait("all of it") { $0.received(driver.number) == sent.readableBytes }
            #expect(pages.bytes[driver.number] == sent)
        }
    }

    @Test(arguments: Carrier.allCases) func manyAreOpenedAtOnce(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { rig, caller, tls in
            let script: Script = { driver in
                driver.onOpened = { $0.send("x") }
                driver.onReceived = { driver, _ in driver.stream?.close() }
            }
            for _ in 0..<200 { _ = try await caller.call(tls: tls, script: script) }
            let pages = try await caller.journal.wait("all") { $0.ended == 200 }
            #expect(pages.count(.opened) == 200 && pages.count(.received) == 200)
        }
    }

    @Test(arguments: Carrier.allCases) func aStreamMayBeClosedAsSoonAsItIsThere(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { rig, caller, tls in
            for number in 1...20 {
                let driver = try await caller.call(tls: tls) { $0.onOpened = { $0.stream?.close() } }
                #expect(try await caller.end(of: driver) == nil)
                #expect(caller.journal.pages.events(number) == [.opened, .ended(failed: false)])
            }
            try await rig.journal.wait("all of them") { $0.ended == 20 }
        }
    }

    @Test(arguments: Carrier.allCases, [UInt64(0), 1]) func aStreamMayBeHandedOver(_ carrier: Carrier, _ key: UInt64) async throws {
        var options = Rig.Options()
        options.loops = 2
        try await Self.run(carrier, options) { rig, caller, tls in
            for round in 0..<4 {
                let (old, new) = (2 * round + 1, 2 * round + 2)
                _ = try await caller.call(tls: tls) {
                    $0.onOpened = { $0.send("first, ") }
                    $0.onReceived = { driver, bytes in
                        driver.handOver(key: key, unread: bytes) { caller.driver($0) { $0.onOpened = { $0.send("second") } } }
                    }
                }
                let pages = try await caller.journal.wait("both") { $0.text(new) == "first, second" }
                #expect(!pages.hasEnded(old))
            }
            #expect(rig.accepting.open == 4)
        }
    }

    @Test(.enabled(if: DeadEnd.hasIPv6, "this machine has no IPv6"), arguments: Carrier.plain)
    func overIPv6(_ carrier: Carrier) async throws {
        var options = Rig.Options()
        options.host = "::1"
        try await Self.run(carrier, options) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls) {
                $0.onOpened = { driver in
                    #expect(driver.stream?.peer == .v6(high: 0, low: 1))
                    driver.send("hello")
                }
            }
            try await caller.journal.wait("the echo") { $0.text(driver.number) == "hello" }
        }
    }

    @Test(arguments: Carrier.plain) func overAUnixSocket(_ carrier: Carrier) async throws {
        let folder = try ChildProcess.temporaryFolder()
        let path = folder + "/socket"
        defer { for path in [path, folder] { remove(path) } }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(EchoHandler()) }
            }
            .bind(unixDomainSocketPath: path).get()
        try await Self.run(carrier) { rig, caller, tls in
            let address = try SocketAddress(unixDomainSocketPath: path)
            let driver = try await caller.connect(to: address, tls: tls) {
                $0.onOpened = { driver in
                    #expect(driver.stream?.peer == .v4(0))
                    driver.send("hello")
                }
            }
            try await caller.journal.wait("the echo") { $0.text(driver.number) == "hello" }
            try await driver.run { $0.stream?.close() }
            let nowhere = try await caller.call(to: SocketAddress(unixDomainSocketPath: folder + "/nobody"), tls: tls)
            let refusal = try await caller.refusal(of: nowhere)
            #expect("\(refusal)".contains("No such file"))
        }
        try await listener.close()
    }

    private final class EchoHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(data, promise: nil)
        }
    }

    // MARK: - How they end

    @Test(arguments: Carrier.allCases) func theOtherSidesEndIsToldBehindWhatItSent(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onOpened = { driver in
                driver.send("bye")
                driver.stream?.closeWhenSent()
            }
        }
        try await Self.run(carrier, script: script) { rig, caller, tls in
            let driver = try await caller.call(tls: tls)
            #expect(try await caller.end(of: driver) == nil)
            let pages = caller.journal.pages
            #expect(pages.text(driver.number) == "bye")
            #expect(pages.events(driver.number).first == .opened)
        }
    }

    /// The other side closes though there is something that it has not read.
    @Test(arguments: Carrier.plain) func aResetIsAFailure(_ carrier: Carrier) async throws {
        try await Self.run(carrier, script: { $0.onOpened = { $0.stream?.isReading = false } }) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls)
            let other = try await rig.driver(1)
            try await driver.run { $0.send(ByteBuffer.pattern(100_000)) }
            try await rig.settle()
            try await other.run { $0.stream?.close() }
            #expect(try await caller.end(of: driver) != nil)
        }
    }

    @Test(arguments: Carrier.plain) func theOtherSideMayEndItsDirectionAlone(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onOpened = { driver in
                driver.send("theirs")
                driver.stream?.closeOutput()
            }
        }
        try await Self.run(carrier, script: script) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls) { $0.staysOpenBehindInput = true }
            let pages = try await caller.journal.wait("their end") { $0.events(1).contains(.inputEnded) }
            #expect(pages.text(1) == "theirs")
            try await driver.run { $0.send("ours") }
            try await rig.journal.wait("our words") { $0.text(1) == "ours" }
            #expect(!caller.journal.pages.hasEnded(1))
            try await driver.run { $0.stream?.close() }
            #expect(try await caller.end(of: driver) == nil)
        }
    }

    @Test(arguments: Carrier.plain) func thisDirectionMayEndAlone(_ carrier: Carrier) async throws {
        try await Self.run(carrier, script: { $0.staysOpenBehindInput = true }) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls) {
                $0.onOpened = { driver in
                    driver.send("ours")
                    driver.stream?.closeOutput()
                }
            }
            let pages = try await rig.journal.wait("our end") { $0.events(1).contains(.inputEnded) }
            #expect(pages.text(1) == "ours")
            #expect(!caller.journal.pages.hasEnded(1))
            try await rig.driver(1).run { driver in
                driver.send("theirs")
                driver.stream?.closeWhenSent()
            }
            #expect(try await caller.end(of: driver) == nil)
            #expect(caller.journal.pages.text(1) == "theirs")
        }
    }

    // MARK: - Connections that do not come about

    @Test(arguments: Carrier.allCases) func aRefusalIsToldInWords(_ carrier: Carrier) async throws {
        let nobody = try DeadEnd.refusing()
        try await Self.run(carrier) { rig, caller, tls in
            let refusal = try await caller.refusal(of: caller.call(to: nobody.address, tls: tls))
            guard case .system(let error) = refusal.reason else { throw refusal }
            #expect(error.code == ECONNREFUSED)
            #expect("\(refusal)".contains("refused"))
            #expect(try "\(refusal)".contains("\(#require(nobody.address.port))"))
        }
    }

    #if os(Linux)
    @Test(arguments: Carrier.allCases) func anAttemptEndsWhenItsTimeIsOver(_ carrier: Carrier) async throws {
        let silence = try DeadEnd.silent()
        try await Self.run(carrier) { rig, caller, tls in
            let driver = try await caller.call(to: silence.address, within: .milliseconds(100), tls: tls)
            let refusal = try await caller.refusal(of: driver)
            guard case .overLimit(.milliseconds(100)) = refusal.reason else { throw refusal }
            #expect("\(refusal)".contains("100 ms"))
            // It has left nothing behind that the loop would go on with.
            try await rig.expectIdleLoops()
            #expect(caller.journal.pages.entries.count == 1)
        }
    }

    @Test(arguments: Carrier.allCases) func whatIsCancelledIsNotHeardOf(_ carrier: Carrier) async throws {
        let silence = try DeadEnd.silent()
        let nobody = try DeadEnd.refusing()
        try await Self.run(carrier) { rig, caller, tls in
            // At once, whatever would have come of it, and on the way.
            for address in [rig.address, silence.address, nobody.address] {
                _ = try await caller.call(to: address, within: .milliseconds(50), tls: tls, then: { $0.attempt?.cancel() })
            }
            let waiting = try await caller.call(to: silence.address, within: .milliseconds(100), tls: tls)
            try await rig.settle()
            try await waiting.run { driver in
                driver.attempt?.cancel()
                driver.attempt?.cancel()
            }
            // Behind their limits.
            let last = try await caller.call(to: silence.address, within: .milliseconds(200), tls: tls)
            _ = try await caller.refusal(of: last)
            #expect(caller.journal.pages.entries.count == 1)
        }
    }

    @Test(arguments: Carrier.allCases) func loopsThatStopEndWhatIsOnItsWay(_ carrier: Carrier) async throws {
        let silence = try DeadEnd.silent()
        try await Self.run(carrier) { rig, caller, tls in
            // Whoever tries again from within hears nothing more, and does not hold the end up.
            let script: Script = { driver in
                driver.onEnded = { driver in
                    _ = driver.context.loop.connect(
                        to: silence.address, within: .seconds(60), tls: tls, driver: caller.driver(driver.context))
                }
            }
            var drivers: [ScriptedDriver] = []
            for _ in 0..<3 { drivers.append(try await caller.call(to: silence.address, within: .seconds(60), tls: tls, script: script)) }
            let stream = try await caller.connect(tls: tls, script: script)
            // One that has only just been asked for.
            drivers.append(try await caller.call(to: rig.address, tls: tls, script: script, then: { $0.attempt?.cancel() }))
            await rig.transport.stop()
            let pages = caller.journal.pages
            #expect(pages.hasEnded(stream.number))
            for driver in drivers.prefix(3) {
                #expect(pages.events(driver.number) == [.ended(failed: true)])
                guard let failure = driver.failure as? ConnectError, case .loopEnds = failure.reason else {
                    Issue.record("it ended with \(String(describing: driver.failure))")
                    continue
                }
            }
            #expect(pages.ended == 4)
        }
    }
    #endif

    @Test(arguments: Carrier.allCases) func cancellingIsWithoutEffectOnceTheConnectionIsThere(_ carrier: Carrier) async throws {
        try await Self.run(carrier) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls) { $0.onOpened = { $0.attempt?.cancel() } }
            try await driver.run { driver in
                driver.attempt?.cancel()
                driver.send("hello")
            }
            try await caller.journal.wait("the echo") { $0.text(driver.number) == "hello" }
        }
    }

    // MARK: - What is left

    #if os(Linux)
    @Test func plainSocketsLeaveNoSocketBehind() async {
        await #expect(processExitsWith: .success) { try await ConnectTests.wearOut(.sockets) }
    }

    @Test func channelsLeaveNoSocketBehind() async {
        await #expect(processExitsWith: .success) { try await ConnectTests.wearOut(.channels) }
    }

    @Test func channelsWithTLSLeaveNoSocketBehind() async {
        await #expect(processExitsWith: .success) { try await ConnectTests.wearOut(.tls) }
    }

    /// A process of its own, because other tests open and close descriptors meanwhile.
    private static func wearOut(_ carrier: Carrier) async throws {
        let silence = try DeadEnd.silent()
        let nobody = try DeadEnd.refusing()
        let open: Script = { driver in
            driver.onOpened = { $0.send("x") }
            driver.onReceived = { driver, _ in driver.stream?.close() }
        }
        try await Self.run(carrier) { rig, caller, tls in
            func round(_ count: Int) async throws {
                let ended = caller.journal.pages.ended
                for _ in 0..<count { _ = try await caller.call(tls: tls, script: open) }
                for _ in 0..<count / 10 {
                    _ = try await caller.call(to: nobody.address, tls: tls)
                    _ = try await caller.call(to: silence.address, within: .milliseconds(50), tls: tls)
                    _ = try await caller.call(to: silence.address, tls: tls, then: { $0.attempt?.cancel() })
                    _ = try await caller.call(to: rig.address, tls: tls, then: { $0.attempt?.cancel() })
                }
                try await caller.journal.wait("a round") { $0.ended == ended + count + 2 * (count / 10) }
                // Behind TLS the other side has to agree first.
                try await eventually("the other side has closed") { rig.accepting.open == 0 }
            }
            // What is opened once and kept is open afterwards.
            try await round(10)
            let before = try Self.openSockets()
            for _ in 0..<10 { try await round(100) }
            #expect(caller.journal.pages.count(.opened) == 1_010)
            do {
                try await eventually("all are closed") { try Self.openSockets().count <= before.count }
            } catch {
                Issue.record("open before: \(before.sorted()); afterwards: \(try Self.openSockets().sorted())")
            }
        }
    }

    /// Only these: the runtime opens timers of its own as it sees fit.
    private static func openSockets() throws -> [String] {
        let folder = try #require(opendir("/proc/self/fd"))
        defer { closedir(folder) }
        var found: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            var target = [CChar](repeating: 0, count: 256)
            let count = readlink("/proc/self/fd/" + name, &target, target.count)
            let what = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if what.hasPrefix("socket:") { found.append(what) }
        }
        return found
    }
    #endif
}
