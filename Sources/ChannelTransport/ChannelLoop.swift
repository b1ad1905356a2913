import ByteStreams
import NIOCore
import TimeKeeping

/// A NIO event loop as streams see it.
final class ChannelLoop: StreamLoop {
    let eventLoop: any EventLoop
    private let alarm: NIOLoopBoundBox<Scheduled<Void>?>

    /// Made on the loop.
    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.alarm = NIOLoopBoundBox(nil, eventLoop: eventLoop)
    }

    var isCurrent: Bool { self.eventLoop.inEventLoop }

    func execute(_ task: @escaping @Sendable () -> Void) { self.eventLoop.execute(task) }

    func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm) {
        self.alarm.value?.cancel()
        let target = NIOLoopBound(alarm, eventLoop: self.eventLoop)
        self.alarm.value = self.eventLoop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) {
            self.alarm.value = nil
            target.value.ring()
        }
    }

    func cancelAlarm() {
        self.alarm.value?.cancel()
        self.alarm.value = nil
    }
}
