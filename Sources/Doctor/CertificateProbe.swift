import DoctorCore
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import SetupCore

/// Looks at the certificates of a server. Three handshakes tell what is wrong with them: one that takes any, one that verifies the chain, and
/// one that verifies the name too.
struct CertificateProbe: Sendable {
    let dialer: Dialer
    let host: String
    let port: Int

    func facts() async -> ServedCertificates {
        let chain: [NIOSSLCertificate]
        do {
            chain = try await self.handshake(.noHostnameVerification, acceptsAny: true)
        } catch {
            return ServedCertificates(chain: [], failure: Self.failure(error))
        }
        var (isTrusted, fitsName) = (true, true)
        var failure: HandshakeFailure?
        do {
            isTrusted = try await self.passes(.noHostnameVerification)
            if isTrusted { fitsName = try await self.passes(.fullVerification) }
        } catch {
            failure = Self.failure(error)
        }
        let facts = chain.map { certificate in
            (try? certificate.toDERBytes()).flatMap {
                CertificateFacts(
                    der: $0, notBefore: Int64(certificate.notValidBefore), notAfter: Int64(certificate.notValidAfter))
            }
        }
        return ServedCertificates(
            chain: zip(chain, facts).map { certificate, facts in
                .init(
                    notBefore: Int(certificate.notValidBefore), notAfter: Int(certificate.notValidAfter),
                    isSelfIssued: facts?.isSelfSigned ?? false, issuer: facts?.issuer.text ?? "somebody")
            },
            names: facts.first.flatMap { $0?.names } ?? [], isTrusted: isTrusted,
            fitsName: fitsName, failure: failure)
    }

    /// Whether this machine verifies as much; throws where the handshake fails for another cause.
    private func passes(_ verification: CertificateVerification) async throws -> Bool {
        do {
            _ = try await self.handshake(verification)
            return true
        } catch {
            if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname { return false }
            if "\(error)".contains("CERTIFICATE_VERIFY_FAILED") { return false }
            throw error
        }
    }

    private func handshake(_ verification: CertificateVerification, acceptsAny: Bool = false) async throws -> [NIOSSLCertificate] {
        let context = try self.dialer.tls(verification)
        let name = Dialer.serverName(self.host)
        let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: [NIOSSLCertificate].self)
        do {
            let channel = try await self.dialer.tcp(self.host, self.port) { channel in
                let watcher = HandshakeWatcher(promise)
                let tls =
                    try acceptsAny
                    ? NIOSSLClientHandler(
                        context: context, serverHostname: name,
                        customVerificationCallback: { chain, verdict in
                            promise.succeed(chain)
                            verdict.succeed(.certificateVerified)
                        })
                    : NIOSSLClientHandler(context: context, serverHostname: name)
                try channel.pipeline.syncOperations.addHandlers(tls, watcher)
            }
            let end = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(self.dialer.limit / .nanoseconds(1)))) {
                promise.fail(HandshakeWatcher.Late())
                channel.close(promise: nil)
            }
            defer {
                end.cancel()
                channel.close(promise: nil)
            }
            return try await promise.futureResult.get()
        } catch {
            // Without a connection nothing else ends it.
            promise.fail(error)
            throw error
        }
    }

    private static func failure(_ error: any Error) -> HandshakeFailure {
        if error is HandshakeWatcher.Late { return .unanswered }
        // Before anything of TLS came.
        if case .eof? = error as? ChannelError { return .notTLS }
        let words = "\(error)"
        // BoringSSL names the alert: SSLV3_ALERT_HANDSHAKE_FAILURE, TLSV1_ALERT_INTERNAL_ERROR.
        if let alert = words.firstRange(of: "_ALERT_") {
            let name = words[alert.upperBound...].prefix { $0 == "_" || ("A"..."Z").contains($0) }
            return .alert(name.lowercased().replacing("_", with: " "))
        }
        return words.contains("WRONG_VERSION_NUMBER") ? .notTLS : .other(words)
    }
}

/// Tells how a handshake ends.
private final class HandshakeWatcher: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    struct Late: Error {}

    private let promise: EventLoopPromise<[NIOSSLCertificate]>

    /// A promise is fulfilled by the first that does; what comes later changes nothing.
    init(_ promise: EventLoopPromise<[NIOSSLCertificate]>) { self.promise = promise }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { self.promise.succeed([]) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.promise.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}
