package import NIOCore

/// A request as it goes on the wire.
package struct HTTPRequest: Sendable {
    package var method: String
    package var target: String
    package var fields: [(String, String)] = []
    package var body: String?

    package init(_ method: String, _ target: String, from address: String? = nil, fields: [(String, String)] = [], body: String? = nil) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        if let address { self.fields.append(("X-Forwarded-For", address)) }
    }

    package static func mint(ttl: Int? = nil, from address: String) -> HTTPRequest {
        HTTPRequest("POST", "/rendezvous/code", from: address, body: ttl.map { #"{"ttl":\#($0)}"# })
    }

    package static func redeem(_ code: String, from address: String) -> HTTPRequest {
        HTTPRequest(
            "POST", "/rendezvous/redeem", from: address, fields: [("Content-Type", "application/json")], body: #"{"code":"\#(code)"}"#)
    }

    package var bytes: ByteBuffer {
        var text = "\(self.method) \(self.target) HTTP/1.1\r\nHost: load.test\r\n"
        for (name, value) in self.fields { text += "\(name): \(value)\r\n" }
        if let body = self.body { text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)" } else { text += "\r\n" }
        return ByteBuffer(string: text)
    }
}
