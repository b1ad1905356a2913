import ByteStreams
import NIOCore
import NetworkAddresses
import SignalingTestKit
import Testing
import TimeKeeping

/// The loop that other tests turn by hand keeps to what `StreamLoop` says, as those of the transports do (`LoopTests` of TransportTests).
@Suite struct ManualLoopTests {
    private final class Bell: LoopAlarm {
        var rings = 0
        var action: () -> Void = {}

        func ring() {
            self.rings += 1
            self.action()
        }
    }

    private let clock = ManualClock()
    private let loop: ManualLoop

    init() { self.loop = ManualLoop(self.clock, isStrict: true) }

    @Test func theAlarmRingsOnceAndNotEarly() {
        let bell = Bell()
        self.loop.setAlarm(after: .milliseconds(10), bell)
        self.clock.advance(by: TimeSpan(nanoseconds: 9_999_999))
        #expect(!self.loop.ringIfDue() && bell.rings == 0)
        self.clock.advance(by: TimeSpan(nanoseconds: 1))
        #expect(self.loop.ringIfDue() && bell.rings == 1)
        self.loop.advance(by: .seconds(1))
        #expect(bell.rings == 1)
    }

    @Test func settingTheAlarmReplacesTheOneBeforeEvenIfThatIsDue() {
        let (first, second) = (Bell(), Bell())
        self.loop.setAlarm(after: .milliseconds(10), first)
        self.clock.advance(by: .milliseconds(20))
        self.loop.setAlarm(after: .milliseconds(10), second)
        self.loop.advance(by: .seconds(1))
        #expect(first.rings == 0 && second.rings == 1)
    }

    @Test func anAlarmMayBeCalledOffAndSetAnewWhileItRings() {
        let (off, again) = (Bell(), Bell())
        self.loop.setAlarm(after: .milliseconds(10), off)
        self.loop.cancelAlarm()
        self.loop.advance(by: .seconds(1))
        #expect(off.rings == 0)
        again.action = { [unowned again, loop] in
            #expect(loop.isCurrent)
            if again.rings < 3 { loop.setAlarm(after: .milliseconds(10), again) }
        }
        self.loop.setAlarm(after: .milliseconds(10), again)
        self.loop.advance(by: .seconds(1))
        #expect(again.rings == 3)
    }

    @Test func workIsDoneInItsOrderAndOnTheLoop() {
        /// `@unchecked Sendable`: used by this test's thread only.
        final class Order: @unchecked Sendable { var seen: [Int] = [] }
        let order = Order()
        let loop = self.loop
        for number in 0..<3 {
            loop.execute {
                #expect(loop.isCurrent)
                order.seen.append(number)
                loop.execute { order.seen.append(number + 3) }
            }
        }
        #expect(!loop.isCurrent && loop.hasWork && order.seen.isEmpty)
        #expect(loop.runReady())
        #expect(order.seen == [0, 1, 2, 3, 4, 5] && !loop.hasWork)
    }

    // MARK: - Connecting

    private final class Caller: StreamDriver {
        var heard: [String] = []
        var stream: (any ByteStream)?
        var outlivesInput: Bool { false }

        func opened(on stream: any ByteStream) {
            self.stream = stream
            self.heard.append("opened")
        }
        func received(_ bytes: ByteBuffer) { self.heard.append(String(buffer: bytes)) }
        func readCompleted() { self.heard.append("completed") }
        func becameWritable() {}
        func ended(_ error: (any Error)?) { self.heard.append(error.map { "\($0)" } ?? "ended") }
    }

    private func call(_ caller: Caller) throws -> any ConnectAttempt {
        let address = try SocketAddress(ipAddress: "192.0.2.1", port: 6379)
        return self.loop.turn { self.loop.connect(to: address, within: .seconds(3), driver: caller) }
    }

    @Test func aConnectionComesAboutWhenATestSaysSo() throws {
        let context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
        var attempts: [MemoryAttempt] = []
        self.loop.onConnect = { attempts.append($0) }
        let caller = Caller()
        let attempt = try self.call(caller)
        let asked = try #require(attempts.first)
        #expect(asked.isPending && asked.address.port == 6379 && asked.limit == .seconds(3) && asked.tls == nil)
        #expect(self.loop.runReady() && caller.heard.isEmpty)
        let far = self.loop.turn { asked.accept(in: context) }
        #expect(caller.heard.isEmpty && !asked.isPending)
        #expect(self.loop.runReady() && caller.heard == ["opened", "completed"])
        #expect(far.peer == .v4(0xC000_0201))
        self.loop.turn {
            caller.stream?.write(ByteBuffer(string: "PING"))
            caller.stream?.flush()
            #expect(far.takeSent() == ByteBuffer(string: "PING"))
            far.receive(ByteBuffer(string: "PONG"))
            attempt.cancel()
            far.end(.fin)
        }
        #expect(caller.heard == ["opened", "completed", "PONG", "completed", "ended"])
    }

    @Test func anAttemptIsRefusedOrRunsOut() throws {
        let (refused, late) = (Caller(), Caller())
        _ = try self.call(refused)
        #expect(refused.heard.isEmpty)
        #expect(self.loop.runReady() && refused.heard == ["no connection to [IPv4]192.0.2.1:6379: connect: Connection refused"])
        self.loop.onConnect = { $0.runOut() }
        _ = try self.call(late)
        #expect(self.loop.runReady() && late.heard == ["no connection to [IPv4]192.0.2.1:6379: it was not there after 3000 ms"])
    }

    @Test(arguments: [false, true]) func aCancelledAttemptIsNotHeardOf(_ isDecided: Bool) throws {
        let context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
        var attempts: [MemoryAttempt] = []
        self.loop.onConnect = { attempt in
            attempts.append(attempt)
            if isDecided { _ = attempt.accept(in: context) }
        }
        let caller = Caller()
        let attempt = try self.call(caller)
        self.loop.turn { attempt.cancel() }
        #expect(attempts.map(\.isPending) == [false])
        self.loop.turn { attempts[0].refuse() }
        #expect(self.loop.runReady() && caller.heard.isEmpty)
    }
}
