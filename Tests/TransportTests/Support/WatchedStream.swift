import ByteStreams
import NIOCore
import NetworkAddresses

/// A stream that knows which of its calls is under way, so that its driver can tell from within which it is called itself.
final class WatchedStream: ByteStream {
    enum Call { case write, flush, closeOutput, closeWhenSent, close, reading }

    let stream: any ByteStream
    private(set) var calls: [Call] = []

    init(_ stream: any ByteStream) { self.stream = stream }

    private func during(_ call: Call, _ body: () -> Void) {
        self.calls.append(call)
        body()
        self.calls.removeLast()
    }

    var peer: ClientAddress { self.stream.peer }
    var isWritable: Bool { self.stream.isWritable }
    var unsentBytes: Int { self.stream.unsentBytes }
    var isReading: Bool {
        get { self.stream.isReading }
        set { self.during(.reading) { self.stream.isReading = newValue } }
    }

    func write(_ bytes: ByteBuffer) { self.during(.write) { self.stream.write(bytes) } }
    func flush() { self.during(.flush) { self.stream.flush() } }
    func closeOutput() { self.during(.closeOutput) { self.stream.closeOutput() } }
    func closeWhenSent() { self.during(.closeWhenSent) { self.stream.closeWhenSent() } }
    func close() { self.during(.close) { self.stream.close() } }
    func abort() { self.during(.close) { self.stream.abort() } }

    func handOver(key: UInt64?, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        self.stream.handOver(key: key, unread: unread, to: make)
    }
}
