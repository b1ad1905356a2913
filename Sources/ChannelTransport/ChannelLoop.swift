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
    private let alarm: NIOLoopBoundBox<Alarm?>
    private let lastNumber: NIOLoopBoundBox<UInt64>

    /// Made on the loop.
    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
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
}
