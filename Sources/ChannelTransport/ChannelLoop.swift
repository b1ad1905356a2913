import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import TimeKeeping

/// A NIO event loop as streams see it.
final class ChannelLoop: StreamLoop {
    private struct Alarm {
        var number: UInt64
        var task: Scheduled<Void>
    }

    let eventLoop: any EventLoop
    /// False once the loop was told to end. NIO may run what it is given from then on, and may complain instead.
    private let takesWork = NIOLockedValueBox(true)
    private let settings: TransportSettings
    private let open: OpenChannels
    private let alarm: NIOLoopBoundBox<Alarm?>
    private let lastNumber: NIOLoopBoundBox<UInt64>
    /// Nil once the loop is about to end: nothing is connected any more. It holds the loop, as the loop holds it.
    private let context: NIOLoopBoundBox<LoopContext?>
    /// Connections on their way.
    private let attempts: NIOLoopBoundBox<[ObjectIdentifier: ChannelAttempt]>

    /// Made on the loop.
    init(_ eventLoop: any EventLoop, _ settings: TransportSettings, _ open: OpenChannels) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.open = open
        self.context = NIOLoopBoundBox(nil, eventLoop: eventLoop)
        self.attempts = NIOLoopBoundBox([:], eventLoop: eventLoop)
        self.alarm = NIOLoopBoundBox(nil, eventLoop: eventLoop)
        self.lastNumber = NIOLoopBoundBox(0, eventLoop: eventLoop)
    }

    var isCurrent: Bool { self.eventLoop.inEventLoop }

    func execute(_ task: @escaping @Sendable () -> Void) { _ = self.hand(task) }

    /// False if the loop takes nothing any more; what it takes is run.
    func hand(_ task: @escaping @Sendable () -> Void) -> Bool {
        self.takesWork.withLockedValue { takesWork in
            if takesWork { self.eventLoop.execute(task) }
            return takesWork
        }
    }

    /// The loop is about to be told to end.
    func takeNoMore() { self.takesWork.withLockedValue { $0 = false } }

    func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm) {
        self.cancelAlarm()
        let target = NIOLoopBound(alarm, eventLoop: self.eventLoop)
        let number = self.lastNumber.value + 1
        self.lastNumber.value = number
        let task = self.eventLoop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) {
            // A task that is due together with another is run even if that other one cancels it.
            guard self.alarm.value?.number == number else { return }
            self.alarm.value = nil
            target.value.ring()
        }
        self.alarm.value = Alarm(number: number, task: task)
    }

    func cancelAlarm() {
        self.alarm.value?.task.cancel()
        self.alarm.value = nil
    }

    // MARK: - Connecting, on the loop

    /// What the connections of this loop share; made once.
    func makeContext() -> LoopContext {
        let context = LoopContext(loop: self, clock: self.settings.clock, gatherSize: self.settings.gatherSize)
        self.context.value = context
        return context
    }

    func connect(
        to address: SocketAddress, within limit: TimeSpan, tls: (any ClientTLS)?, driver: any StreamDriver
    ) -> any ConnectAttempt {
        let context = self.context.value
        let attempt = ChannelAttempt(to: address, within: limit, driver: context == nil ? nil : driver, loop: self)
        guard let context else { return attempt }
        self.attempts.value[ObjectIdentifier(attempt)] = attempt
        attempt.begin(tls, context, self.open, firstRead: self.settings.firstRead)
        return attempt
    }

    func remove(_ attempt: ChannelAttempt) { self.attempts.value[ObjectIdentifier(attempt)] = nil }

    /// Ends what is on its way, and begins nothing more.
    func endAttempts() {
        self.context.value = nil
        for attempt in self.attempts.value.values { attempt.fail(.loopEnds) }
    }
}
