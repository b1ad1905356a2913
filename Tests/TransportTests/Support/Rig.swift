import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SignalingTestKit
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

typealias Script = @Sendable (ScriptedDriver) -> Void

/// A transport as the server has it, listening, whose connections have scripted drivers.
final class Rig: Sendable {
    struct Options: Sendable {
        var loops = 1
        var sockets = 1000
        var firstRead = 4096
        var host = "127.0.0.1"
        var port = 0
        var proxyHeaders: ProxyHeaders?
        /// Told when accept begins to fail.
        var report: @Sendable (any Error) -> Void = { Issue.record($0) }
        /// Whether every connection's end was told to somebody: not where streams are between two drivers when the loops end.
        var tellsEveryEnd = true
    }

    let carrier: Carrier
    let transport: any Transport
    let accepting: AcceptPolicy
    let journal = Journal()
    let address: SocketAddress
    private let drivers = NIOLockedValueBox<[ScriptedDriver]>([])
    private let accepted = NIOLockedValueBox(0)

    private init(_ carrier: Carrier, _ options: Options, script: @escaping Script) async throws {
        self.carrier = carrier
        self.accepting = AcceptPolicy(limit: options.sockets, report: options.report)
        let settings = TransportSettings(
            loops: options.loops, accepting: self.accepting, firstRead: options.firstRead, proxyHeaders: options.proxyHeaders)
        self.transport = try await carrier.makeTransport(settings)
        let address = try SocketAddress(ipAddress: options.host, port: options.port)
        do {
            self.address = try await self.transport.listen(on: address) { [drivers, journal, accepted] context in
                accepted.withLockedValue { $0 += 1 }
                return Self.driver(drivers, journal, context, script)
            }
        } catch {
            await self.transport.stop()
            throw error
        }
    }

    private static func driver(
        _ drivers: NIOLockedValueBox<[ScriptedDriver]>, _ journal: Journal, _ context: LoopContext, _ script: Script
    ) -> ScriptedDriver {
        let driver = drivers.withLockedValue { drivers in
            let driver = ScriptedDriver(number: drivers.count + 1, context: context, journal: journal)
            drivers.append(driver)
            return driver
        }
        script(driver)
        return driver
    }

    /// Runs a test on a rig, ends the rig, and looks whether the end of every connection was told once and last, and nothing is left open.
    static func run(
        _ carrier: Carrier, _ options: Options = Options(), script: @escaping Script = { _ in }, _ test: (Rig) async throws -> Void
    ) async throws {
        let rig = try await Rig(carrier, options, script: script)
        do { try await test(rig) } catch { Issue.record(error) }
        await rig.transport.stop()
        let pages = rig.journal.pages
        if options.tellsEveryEnd { #expect(pages.ended == rig.accepted.withLockedValue { $0 }) }
        #expect(rig.accepting.open == 0)
        rig.drivers.withLockedValue { $0 = [] }
    }

    static func run(
        _ carrier: Carrier, loops: Int, script: @escaping Script = { _ in }, _ test: (Rig) async throws -> Void
    ) async throws {
        var options = Options()
        options.loops = loops
        try await self.run(carrier, options, script: script, test)
    }

    /// Makes a driver with another script, for a hand-over.
    func driver(_ context: LoopContext, _ script: Script) -> ScriptedDriver { Self.driver(self.drivers, self.journal, context, script) }

    /// The driver of this number, once it has been told that what was there at the beginning has been read.
    func driver(_ number: Int) async throws -> ScriptedDriver {
        try await self.journal.wait("driver \(number)") { $0.events(number).contains(.completed) }
        return try #require(self.drivers.withLockedValue { drivers in drivers.first { $0.number == number } })
    }

    /// A client. One that does not read has spoken TLS already, where that is spoken.
    func connect(
        reads: Bool = true, receiveBuffer: Int? = nil, preface: String? = nil, to address: SocketAddress? = nil
    ) async throws -> SocketClient {
        var options = self.carrier.clientOptions()
        options.reads = reads || self.carrier == .tls
        options.receiveBuffer = receiveBuffer
        options.preface = preface
        let client = try await SocketClient.connect(to: address ?? self.address, options: options)
        if !reads, self.carrier == .tls {
            try await client.send("")
            try await client.stopReading()
        }
        return client
    }

    /// Every loop has gone round since what was done before: what the kernel had to tell of that, it has told.
    func settle(rounds: Int = 3) async throws {
        for _ in 0..<rounds { try await self.transport.onEach { _ in } }
    }

    /// Keeps a driver's loop busy while something happens outside, and does something there before the loop hears of it.
    func keepBusy(
        _ driver: ScriptedDriver, finally: @escaping @Sendable (ScriptedDriver) -> Void = { _ in }, _ body: () async throws -> Void
    ) async throws {
        let isBusy = Outcome<Void>()
        let isOver = NIOLockedValueBox(false)
        let end = NIODeadline.now() + SocketClient.patience
        driver.context.loop.execute {
            isBusy.set(())
            while !isOver.withLockedValue({ $0 }), NIODeadline.now() < end { sched_yield() }
            driver.act(finally)
        }
        try await isBusy.value("the loop is busy")
        defer { isOver.withLockedValue { $0 = true } }
        try await body()
    }
}

extension ByteBuffer {
    /// Bytes in which every displacement shows, unless it is by a multiple of a large prime.
    static func pattern(_ count: Int) -> ByteBuffer {
        let block = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count)
        while buffer.readableBytes < count { buffer.writeBytes(block.prefix(count - buffer.readableBytes)) }
        return buffer
    }
}
