import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

#if os(Linux)
import Glibc
import SocketTransport
#else
import Darwin
#endif

/// What carries the connections of a test: the contract of `ByteStream` is the same for both.
enum Carrier: CaseIterable, Sendable, CustomTestStringConvertible {
    #if os(Linux)
    case sockets
    #endif
    case channels

    var testDescription: String { "\(self)" }
}

typealias Script = @Sendable (ScriptedDriver) -> Void

/// A listener and its loops, whose connections have scripted drivers.
final class Rig: Sendable {
    let hub: Hub
    let journal = Journal()
    let address: SocketAddress
    let script: Script
    private let drivers = NIOLockedValueBox<[ScriptedDriver]>([])
    private let settleLoops: @Sendable () async throws -> Void
    private let end: @Sendable () async throws -> Void

    private init(_ carrier: Carrier, loops: Int, sockets: Int, firstRead: Int, script: @escaping Script) async throws {
        self.hub = .forTests(loops: loops, sockets: sockets)
        self.script = script
        let hub = self.hub
        let make: @Sendable (LoopContext) -> any StreamDriver = { [drivers, journal] loop in
            Self.driver(drivers, journal, loop, script)
        }
        let local = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let bound: SocketAddress?
        switch carrier {
        #if os(Linux)
        case .sockets:
            let transport = try SocketLoops(count: loops, hub: hub, gatherSize: 4096, firstRead: firstRead)
            bound = try await transport.listen(on: local, makeDriver: make) { Issue.record($0) }
            self.settleLoops = { try await transport.onEach { _ in } }
            self.end = { await transport.stop() }
        #endif
        case .channels:
            let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
            let listener = try await ServerBootstrap(group: group)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        hub.connections.socketOpened()
                        channel.closeFuture.whenComplete { _ in hub.connections.socketClosed() }
                        let context = LoopContext(eventLoop: channel.eventLoop, clock: hub.clock, metrics: hub.metricsShard(loop: 0))
                        try channel.pipeline.syncOperations.addHandler(ChannelStream(driver: make(context), loop: context))
                    }
                }
                .bind(to: local).get()
            bound = listener.localAddress
            self.settleLoops = { for loop in group.makeIterator() { try await loop.submit {}.get() } }
            self.end = { try await group.shutdownGracefully() }
        }
        self.address = try #require(bound)
    }

    private static func driver(
        _ drivers: NIOLockedValueBox<[ScriptedDriver]>, _ journal: Journal, _ loop: LoopContext, _ script: Script
    ) -> ScriptedDriver {
        let driver = drivers.withLockedValue { drivers in
            let driver = ScriptedDriver(number: drivers.count + 1, loop: loop, journal: journal)
            drivers.append(driver)
            return driver
        }
        script(driver)
        return driver
    }

    /// Runs a test on a rig, ends the rig, and looks whether every driver was told of the end, once and last, and nothing is left open.
    static func run(
        _ carrier: Carrier, loops: Int = 1, sockets: Int = 1000, firstRead: Int = 4096, script: @escaping Script = { _ in },
        _ test: (Rig) async throws -> Void
    ) async throws {
        let rig = try await Rig(carrier, loops: loops, sockets: sockets, firstRead: firstRead, script: script)
        do { try await test(rig) } catch { Issue.record(error) }
        try await rig.end()
        let pages = rig.journal.pages
        for driver in 1...max(1, rig.drivers.withLockedValue { $0.count }) where pages.hasEnded(driver) {
            let events = pages.events(driver)
            #expect(events.count { $0 == .ended(failed: true) || $0 == .ended(failed: false) } == 1)
            #expect(events.last == .ended(failed: true) || events.last == .ended(failed: false))
        }
        // NIO says that its loops have ended before the last channel's end was told.
        if carrier != .channels { #expect(rig.hub.connections.open == 0) }
        rig.drivers.withLockedValue { $0 = [] }
    }

    /// Makes a driver with another script, for a hand-over.
    func driver(_ loop: LoopContext, _ script: Script) -> ScriptedDriver { Self.driver(self.drivers, self.journal, loop, script) }

    func connect(reads: Bool = true, receiveBuffer: Int? = nil) async throws -> SocketClient {
        var options = SocketClient.Options()
        options.reads = reads
        options.receiveBuffer = receiveBuffer
        return try await SocketClient.connect(to: self.address, options: options)
    }

    /// The driver of this number, once it has been told that what was there at the beginning has been read.
    func driver(_ number: Int) async throws -> ScriptedDriver {
        try await self.journal.wait("driver \(number)") { $0.events(number).contains(.completed) }
        return try #require(self.drivers.withLockedValue { drivers in drivers.first { $0.number == number } })
    }

    /// Every loop has gone round since what was done before: what the kernel had to tell of that, it has told.
    func settle() async throws { for _ in 0..<3 { try await self.settleLoops() } }

    /// Keeps a driver's loop busy while something happens outside, and does something there before the loop hears of it.
    func keepBusy(
        _ driver: ScriptedDriver, finally: @escaping @Sendable (ScriptedDriver) -> Void = { _ in }, _ body: () async throws -> Void
    ) async throws {
        let isBusy = NIOLockedValueBox(false)
        let isOver = NIOLockedValueBox(false)
        driver.loop.eventLoop.execute {
            isBusy.withLockedValue { $0 = true }
            let end = NIODeadline.now() + SocketClient.patience
            while !isOver.withLockedValue({ $0 }), NIODeadline.now() < end { sched_yield() }
            finally(driver)
        }
        while !isBusy.withLockedValue({ $0 }) { await Task.yield() }
        defer { isOver.withLockedValue { $0 = true } }
        try await body()
    }

    func stop() async throws { try await self.end() }
}

extension Hub {
    static func forTests(loops: Int, sockets: Int = 1000) -> Hub {
        Hub(
            settings: .init(
                rooms: .init(maxRooms: 100, roomTTL: .minutes(10), mailbox: .init(messages: 10, bytes: 1_000)),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: 1 << 30),
            maxConnections: .init(webSockets: sockets, sockets: sockets), loops: loops, clock: .system)
    }
}

#if os(Linux)
extension SocketLoops {
    /// Loops for a test that listens by itself, or not at all.
    static func forTests(count: Int) throws -> SocketLoops {
        try SocketLoops(count: count, hub: .forTests(loops: count), gatherSize: 4096, firstRead: 4096)
    }

    /// Listens with scripted drivers, all of number 1.
    func listen(_ host: String = "127.0.0.1", port: Int = 0, journal: Journal = Journal(), script: @escaping Script) async throws
        -> SocketAddress
    {
        let bound = try await self.listen(
            on: SocketAddress(ipAddress: host, port: port),
            makeDriver: { loop in
                let driver = ScriptedDriver(number: 1, loop: loop, journal: journal)
                script(driver)
                return driver
            },
            report: { Issue.record($0) })
        return try #require(bound)
    }
}
#endif

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
