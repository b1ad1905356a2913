/// The methods that routes tell apart. Other registered methods (RFC 9110 section 16.1) are `other`: no route allows them. An unknown word
/// is no method, and the request is malformed.
enum RequestMethod: Sendable {
    case get, head, post, options, connect, other

    static let longestName = 16

    private static let others: [StaticString] = [
        "DELETE", "PUT", "TRACE", "COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "BIND", "REBIND", "UNBIND",
        "ACL", "REPORT", "MKACTIVITY", "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PATCH", "PURGE",
        "MKCALENDAR", "LINK", "UNLINK", "SOURCE",
    ]

    init?(_ input: Span<UInt8>, _ name: Range<Int>) {
        if input.equals("GET", in: name) {
            self = .get
        } else if input.equals("POST", in: name) {
            self = .post
        } else if input.equals("HEAD", in: name) {
            self = .head
        } else if input.equals("OPTIONS", in: name) {
            self = .options
        } else if input.equals("CONNECT", in: name) {
            self = .connect
        } else {
            for other in Self.others where input.equals(other, in: name) {
                self = .other
                return
            }
            return nil
        }
    }
}
