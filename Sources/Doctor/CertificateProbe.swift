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
            return ServedCertificates(chain: [], failure: Self.words(error))
        }
        let isTrusted = (try? await self.handshake(.noHostnameVerification)) != nil
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
            fitsName: isTrusted ? (try? await self.handshake(.fullVerification)) != nil : true)
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

    private static func words(_ error: any Error) -> String {
        if error is HandshakeWatcher.Late { return "no handshake in time" }
        if case .eof? = error as? ChannelError { return "the port does not speak TLS, and ends the connection" }
        return "\(error)".contains("WRONG_VERSION_NUMBER") ? "the port does not speak TLS" : "\(error)"
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
