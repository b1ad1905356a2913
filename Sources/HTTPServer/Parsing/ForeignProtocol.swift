/// What is spoken instead of HTTP to a port for plain HTTP, by whoever takes it for another.
enum ForeignProtocol {
    case proxyHeader, tls

    /// `bytes` are those that no request begins with. Of a PROXY header of version 2 the first four bytes are two empty lines, which are
    /// passed over.
    init?(_ bytes: Span<UInt8>) {
        if Self.begins(bytes, with: "PROXY ") || Self.begins(bytes, with: "\0\r\nQUIT\n") {
            self = .proxyHeader
        } else if bytes.count >= 2, bytes[0] == 0x16, bytes[1] == 3 {
            self = .tls
        } else {
            return nil
        }
    }

    private static func begins(_ bytes: Span<UInt8>, with word: StaticString) -> Bool {
        bytes.equals(word, in: 0..<min(bytes.count, word.utf8CodeUnitCount))
    }

    var problem: Problem {
        switch self {
        case .proxyHeader:
            Problem(
                .badRequest,
                "a PROXY header came, and none is read here: set PROXY_PROTOCOL=true, or have the proxy send none", closes: true)
        case .tls:
            Problem(
                .badRequest, "TLS came, and this port speaks plain HTTP: use http:// and ws://, or set TLS_CERT_FILE and TLS_KEY_FILE",
                closes: true)
        }
    }
}
