package import NIOCore
import NetworkAddresses

/// Stands before a connection's driver until the PROXY header has come: what follows that is the driver's. It bounds the time by what the
/// driver does itself, to whom nothing has come yet.
package final class ProxiedDriver: StreamDriver {
    private let driver: any StreamDriver
    private let headers: ProxyHeaders
    private var input = ProxyHeaderInput()
    private var isIdentified = false
    /// Until the header is there.
    private var stream: (any ByteStream)?

    package init(_ driver: any StreamDriver, _ headers: ProxyHeaders) {
        self.driver = driver
        self.headers = headers
    }

    package func opened(on stream: any ByteStream) {
        self.stream = stream
        self.driver.opened(on: stream)
        if !self.headers.trusted.contains(stream.peer) { self.refuse(.untrusted) }
    }

    package func received(_ bytes: ByteBuffer) {
        if self.isIdentified { return self.driver.received(bytes) }
        do throws(ProxyHeaderFault) {
            guard let (source, rest) = try self.input.take(bytes) else { return }
            self.isIdentified = true
            self.stream = nil
            if let source { self.driver.identified(as: source) }
            if rest.readableBytes > 0 { self.driver.received(rest) }
        } catch {
            self.refuse(error)
        }
    }

    private func refuse(_ fault: ProxyHeaderFault) {
        guard let stream = self.stream else { return }
        self.stream = nil
        self.headers.refused(fault, stream.peer)
        stream.close()
    }

    package func readCompleted() { self.driver.readCompleted() }
    package func becameWritable() { self.driver.becameWritable() }
    package var outlivesInput: Bool { self.driver.outlivesInput }
    package func inputEnded() -> Bool { self.driver.inputEnded() }

    package func ended(_ error: (any Error)?) {
        if let stream = self.stream.take(), self.input.hasBegun { self.headers.refused(.incomplete, stream.peer) }
        self.driver.ended(error)
    }
}
