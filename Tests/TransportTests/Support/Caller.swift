import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping

/// Has a rig's first loop open connections, for scripted drivers of its own.
final class Caller: Sendable {
    let journal = Journal()
    private let rig: Rig
    private let drivers = NIOLockedValueBox<[ScriptedDriver]>([])

    init(_ rig: Rig) { self.rig = rig }

    /// Those who are left hold what they were told to keep.
    func letGo() { self.drivers.withLockedValue { $0 = [] } }

    func driver(_ context: LoopContext, _ script: Script = { _ in }) -> ScriptedDriver {
        let driver = self.drivers.withLockedValue { drivers in
            let driver = ScriptedDriver(number: drivers.count + 1, context: context, journal: self.journal)
            drivers.append(driver)
            return driver
        }
        script(driver)
        return driver
    }

    /// Asks for a connection, and does something afterwards, as if the driver had been called: it must hear of nothing meanwhile.
    func call(
        to address: SocketAddress? = nil, within limit: TimeSpan = .seconds(Patience.seconds), tls: (any ClientTLS)?,
        script: @escaping Script = { _ in },
        then body: @escaping Script = { _ in }
    ) async throws -> ScriptedDriver {
        let made = Outcome<ScriptedDriver>()
        let target = address ?? self.rig.address
        try await self.rig.transport.onFirst { context in
            let driver = self.driver(context, script)
            driver.act { driver in
                driver.attempt = context.loop.connect(to: target, within: limit, tls: tls, driver: driver)
                body(driver)
            }
            made.set(driver)
        }
        return try await made.value("the call")
    }

    /// The same, until the connection is there.
    func connect(
        to address: SocketAddress? = nil, tls: (any ClientTLS)?, script: @escaping Script = { _ in }
    ) async throws -> ScriptedDriver {
        let driver = try await self.call(to: address, tls: tls, script: script)
        try await self.journal.wait("the connection") { $0.events(driver.number).contains(.completed) }
        return driver
    }

    /// Waits for the end, and tells what it was.
    func end(of driver: ScriptedDriver) async throws -> (any Error)? {
        try await self.journal.wait("the end") { $0.hasEnded(driver.number) }
        let failure = Outcome<(any Error)?>()
        try await driver.run { failure.set($0.failure) }
        return try await failure.value("the failure")
    }

    /// Waits for the end of what has never begun.
    func refusal(of driver: ScriptedDriver) async throws -> ConnectError {
        let error = try await self.end(of: driver)
        #expect(self.journal.pages.events(driver.number) == [.ended(failed: true)])
        return try #require(error as? ConnectError)
    }
}
