import NIOCore

/// What a well-formed head must comply with besides: how a body is framed (RFC 9112 section 6.3), and which host the request is for
/// (section 3.2). What a proxy and this server could read differently is refused, and the connection is closed.
enum HeadRules {
    static func violation(of head: RequestHead) -> Problem? {
        self.hostViolation(head) ?? self.framingViolation(head)
    }

    // MARK: - The body

    private static func framingViolation(_ head: RequestHead) -> Problem? {
        guard head.transferCoding.isPresent else {
            guard let length = head.contentLength.value else {
                return Problem(.badRequest, "Content-Length must be one number", closes: true)
            }
            return length > HTTPSettings.maxBody ? .bodyTooLarge : nil
        }
        guard !head.contentLength.isPresent else {
            return Problem(.badRequest, "a body has Content-Length or Transfer-Encoding, not both", closes: true)
        }
        // Section 6.1: HTTP/1.0 has no transfer codings, so a proxy may have passed this on without understanding it.
        guard head.isHTTP11 else { return Problem(.badRequest, "HTTP/1.0 has no Transfer-Encoding", closes: true) }
        switch head.transferCoding.verdict {
        case .chunked: return nil
        case .unknown: return Problem(.notImplemented, "the only transfer coding known here is chunked", closes: true)
        case .malformed: return Problem(.badRequest, "chunked must be the last transfer coding, and come once", closes: true)
        }
    }

    // MARK: - The host

    private static func hostViolation(_ head: RequestHead) -> Problem? {
        let bytes = head.bytes.readableBytesUInt8Span
        guard head.host.count == 1 || (head.host.count == 0 && !head.isHTTP11) else {
            return Problem(.badRequest, "a request must have one Host header", closes: true)
        }
        if head.host.count > 0, !self.isAuthority(bytes, head.host.value) {
            return Problem(.badRequest, "Host must be a name or an address, and a port if need be", closes: true)
        }
        if let authority = RequestTarget(bytes, head.target).authority, !self.isAuthority(bytes, authority) {
            return Problem(.badRequest, "the target must name a host, and no user", closes: true)
        }
        return nil
    }

    /// `uri-host [":" port]`. Of the characters that the URI syntax allows, only those of names are accepted: a comma may come from two Host
    /// fields that a proxy has joined.
    private static func isAuthority(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let host = Authority(bytes, range)?.host, !host.isEmpty else { return false }
        guard bytes[host.lowerBound] == UInt8(ascii: "[") else { return self.isName(bytes, host, orColon: false) }
        // `Authority` has made sure that the host ends with the other bracket.
        let address = host.lowerBound + 1..<host.upperBound - 1
        return !address.isEmpty && self.isName(bytes, address, orColon: true)
    }

    private static func isName(_ bytes: Span<UInt8>, _ range: Range<Int>, orColon: Bool) -> Bool {
        for at in range {
            switch bytes[at] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                continue
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"): continue
            case UInt8(ascii: ":") where orColon: continue
            default: return false
            }
        }
        return true
    }
}
