import ByteStreams
import NIOSSL

extension NotTLS {
    /// Nil for a failure of TLS itself. The library tells them apart in its text alone.
    init?(_ error: any Error) {
        guard case .handshakeFailed(let reason)? = error as? NIOSSLError else { return nil }
        let text = "\(reason)"
        if text.contains("HTTP_REQUEST") || text.contains("HTTPS_PROXY_REQUEST") {
            self = .plainHTTP
        } else if text.contains("WRONG_VERSION_NUMBER") {
            self = .unknown
        } else {
            return nil
        }
    }
}
