import ByteStreams
import NIOCore
import NetworkAddresses

/// A connection whose other end is in this process and takes everything at once; what the server does on it is measured. It keeps what it
/// was sent only when asked to, so that what is counted is the server's work.
final class MeteredStream: ByteStream {
    let peer = ClientAddress.v4(0x7F00_0001)
    let isWritable = true
    let unsentBytes = 0
    var isReading = true

    private let context: LoopContext
    private var driver: (any StreamDriver)?
    private(set) var bytesSent = 0
    private var isRecording = false
    private var recorded = ByteBuffer()

    var isOpen: Bool { self.driver != nil }

    init(_ driver: any StreamDriver, context: LoopContext) {
        self.context = context
        self.driver = driver
        Meter.measure {
            driver.opened(on: self)
            driver.readCompleted()
            context.flushTouched()
        }
    }

    /// Bytes arrive, all in one read.
    func receive(_ bytes: ByteBuffer) {
        Meter.measure {
            self.driver?.received(bytes)
            self.driver?.readCompleted()
            self.context.flushTouched()
        }
    }

    /// What is sent upon these bytes.
    func response(to bytes: ByteBuffer) -> ByteBuffer {
        self.isRecording = true
        self.recorded.clear()
        self.receive(bytes)
        self.isRecording = false
        return self.recorded
    }

    func write(_ bytes: ByteBuffer) {
        self.bytesSent += bytes.readableBytes
        if self.isRecording { self.recorded.writeImmutableBuffer(bytes) }
    }

    func flush() {}
    func closeOutput() {}
    func closeWhenSent() { self.close() }

    func close() {
        guard let driver = self.driver else { return }
        self.driver = nil
        driver.ended(nil)
    }

    /// The client closes.
    func hangUp() {
        Meter.measure {
            self.close()
            self.context.flushTouched()
        }
    }

    func handOver(key: UInt64?, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        let driver = make(self.context)
        self.driver = driver
        driver.opened(on: self)
        if unread.readableBytes > 0 { driver.received(unread) }
    }
}
