package import ByteStreams
import NIOCore
package import NameResolution
package import RESPCore
package import TimeKeeping

/// Connects by what the system offers: looks the host up, and tries its addresses one after the other, each with its part of the time.
package final class SystemDialer: EngineDialer {
    /// What a host is spoken to with that is to be reached by TLS. It may fail where the name cannot be one of a certificate.
    package typealias MakeTLS = (_ host: String) throws -> any ClientTLS

    private let context: LoopContext
    private let resolver: HostResolver
    private let makeTLS: MakeTLS

    package init(context: LoopContext, resolver: HostResolver, makeTLS: @escaping MakeTLS) {
        self.context = context
        self.resolver = resolver
        self.makeTLS = makeTLS
    }

    package func dial(_ endpoint: EngineEndpoint, within limit: TimeSpan, driver: any StreamDriver) {
        let dial = Dial(driver, until: self.context.clock.now() + limit, self.context)
        switch endpoint {
        case .unix(let path):
            // The driver hears of nothing from within this call.
            self.context.loop.execute { dial.begin { [try SocketAddress(unixDomainSocketPath: path)] } }
        case .host(let host, let port, let usesTLS):
            self.resolver.resolve(host: host, port: port, in: self.context) { [makeTLS] found in
                dial.begin {
                    if usesTLS { dial.tls = try makeTLS(host) }
                    return try found.get()
                }
            }
        }
    }
}

/// One connection that is to come about at one of several addresses. It stands between the stream and its driver, which is to hear only of the
/// address that led to something.
///
/// `@unchecked Sendable`: it is used on the loop of its context only.
private final class Dial: @unchecked Sendable {
    private let driver: any StreamDriver
    private let deadline: MonotonicTime
    private let context: LoopContext
    private var addresses: ArraySlice<SocketAddress> = []
    private var isOpen = false
    var tls: (any ClientTLS)?

    init(_ driver: any StreamDriver, until deadline: MonotonicTime, _ context: LoopContext) {
        self.driver = driver
        self.deadline = deadline
        self.context = context
    }

    func begin(_ find: () throws -> [SocketAddress]) {
        do {
            self.addresses = try find()[...]
            self.tryNext(after: nil)
        } catch {
            self.driver.ended(error)
        }
        self.context.flushTouched()
    }

    private func tryNext(after failure: (any Error)?) {
        let left = self.deadline - self.context.clock.now()
        guard left.nanoseconds > 0, let address = self.addresses.popFirst() else { return self.driver.ended(failure) }
        let limit = TimeSpan(nanoseconds: left.nanoseconds / Int64(self.addresses.count + 1))
        _ = self.context.loop.connect(to: address, within: limit, tls: self.tls, driver: self)
    }
}

extension Dial: StreamDriver {
    func opened(on stream: any ByteStream) {
        self.isOpen = true
        self.driver.opened(on: stream)
    }

    func received(_ bytes: ByteBuffer) { self.driver.received(bytes) }
    func readCompleted() { self.driver.readCompleted() }
    func becameWritable() { self.driver.becameWritable() }
    var outlivesInput: Bool { self.driver.outlivesInput }
    func inputEnded() -> Bool { self.driver.inputEnded() }

    func ended(_ error: (any Error)?) {
        if self.isOpen { self.driver.ended(error) } else { self.tryNext(after: error) }
    }
}
