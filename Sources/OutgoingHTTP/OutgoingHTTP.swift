import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Requests to other servers, over one thread of its own: the loops of clients' connections have no part in them.
///
/// Certificates are checked. No redirect is followed, as it could lead to somebody the operator has not named, and proxies named in the
/// environment are not used.
package final class OutgoingHTTP: HTTPFetching {
    private let group: MultiThreadedEventLoopGroup
    private let client: HTTPClient

    /// How long a connection may take to open, whatever a request's timeout says.
    private static let longestConnect = TimeAmount.seconds(5)

    /// - Parameter trusted: A file of certificates (PEM) to trust beside the system's: some of those that are asked may be one's own.
    package init(trusted: String? = nil) throws {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        if let trusted { tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(trusted))] }
        tls.minimumTLSVersion = .tlsv12
        configuration.tlsConfiguration = tls
        configuration.redirectConfiguration = .disallow
        configuration.proxy = nil
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = Self.longestConnect
        configuration.connectionPool.idleTimeout = .seconds(30)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        self.client = HTTPClient(eventLoopGroup: group, configuration: configuration)
    }

    /// Ends all connections and the thread.
    package func stop() async {
        try? await self.client.shutdown()
        try? await self.group.shutdownGracefully()
    }

    package func fetch(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
        var asked = HTTPClientRequest(url: request.url)
        asked.method =
            switch request.method {
            case .get: .GET
            case .post: .POST
            case .options: .OPTIONS
            }
        for (name, value) in request.headers { asked.headers.add(name: name, value: value) }
        if let body = request.body { asked.body = .bytes(body) }
        do {
            let deadline = NIODeadline.now() + .nanoseconds(request.timeout.nanoseconds)
            let response = try await self.client.execute(asked, deadline: deadline)
            let body = try await response.body.collect(upTo: request.largestBody)
            return OutgoingResponse(
                status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
                body: Array(body.readableBytesView))
        } catch {
            throw OutgoingError(Self.reason(error, request))
        }
    }

    /// In words, and without the URL, which may carry a secret.
    private static func reason(_ error: any Error, _ request: OutgoingRequest) -> String {
        switch error {
        case is NIOTooManyBytesError: "its response has more than \(request.largestBody) bytes"
        case is CancellationError: "the request was given up"
        case let error as NIOSSLError: "TLS failed: \(error)"
        case let error as BoringSSLError: "TLS failed: \(error)"
        case let error as NIOConnectionError: "cannot connect: \(Self.cause(error))"
        case let error as HTTPClientError: Self.reason(error, request)
        default: "\(error)"
        }
    }

    private static func reason(_ error: HTTPClientError, _ request: OutgoingRequest) -> String {
        switch error {
        case .deadlineExceeded, .readTimeout: "no response within \(request.timeout.milliseconds) ms"
        case .connectTimeout: "no connection in time"
        case .invalidURL, .emptyHost, .emptyScheme: "the address is no URL"
        case .cancelled: "the request was given up"
        // What else there is has words of its own, a scheme besides http and https among them.
        default: error.shortDescription
        }
    }

    private static func cause(_ error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first {
            // The system's words alone: what NIO makes of them names its own calls.
            return (failure.error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(failure.error)"
        }
        return error.dnsAError != nil || error.dnsAAAAError != nil ? "\(error.host) has no address" : "\(error.host) does not respond"
    }
}
