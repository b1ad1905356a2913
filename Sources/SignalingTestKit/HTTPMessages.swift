package import NIOCore

/// An HTTP/1.1 response as it came.
package struct HTTPReply: Sendable {
    package var status: Int
    package var fields: [(name: String, value: String)]
    package var body: String

    package init(status: Int, fields: [(name: String, value: String)], body: String) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first field of this name, in any case.
    package subscript(name: String) -> String? { self.values(name).first }

    /// All fields of this name, in any case.
    package func values(_ name: String) -> [String] {
        self.fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The text of a string member of the body, which is a flat JSON object without escapes.
    package func text(_ member: String) -> String? {
        guard let start = self.body.firstRange(of: "\"\(member)\":\"")?.upperBound else { return nil }
        return String(self.body[start...].prefix { $0 != "\"" })
    }
}

/// A request as it is sent. Host and Content-Length are added where `headers` have none.
package struct HTTPAsk: Sendable {
    package var method: String
    package var target: String
    package var headers: [(String, String)]
    package var body: String?

    package init(_ method: String, _ target: String, headers: [(String, String)] = [], body: String? = nil) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    package var text: String {
        var lines = ["\(self.method) \(self.target) HTTP/1.1"]
        func has(_ name: String) -> Bool { self.headers.contains { $0.0.lowercased() == name } }
        if !has("host") { lines.append("Host: localhost") }
        if let body = self.body, !has("content-length"), !has("transfer-encoding") { lines.append("Content-Length: \(body.utf8.count)") }
        lines += self.headers.map { "\($0.0): \($0.1)" }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (self.body ?? "")
    }
}

extension HTTPReply {
    /// Takes the next response out of what came; nil while it is not all there. `method` tells whether it has a body.
    package static func read(from buffer: inout ByteBuffer, to method: String = "GET") throws -> HTTPReply? {
        guard let headLength = buffer.endOfHead, let head = buffer.getString(at: buffer.readerIndex, length: headLength) else { return nil }
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        let words = lines.first?.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false) ?? []
        guard words.count == 3, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw SocketFailure.unexpected("not a status line: \(words)")
        }
        let fields = try lines.dropFirst().map { line -> (name: String, value: String) in
            guard let colon = line.firstRange(of: ": ") else { throw SocketFailure.unexpected("not a header field: \(line)") }
            return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
        }
        var reply = HTTPReply(status: status, fields: fields, body: "")
        let isBodiless = method == "HEAD" || status < 200 || status == 204 || status == 304
        let length = isBodiless ? 0 : reply["Content-Length"].flatMap { Int($0) } ?? 0
        guard buffer.readableBytes >= headLength + length else { return nil }
        buffer.moveReaderIndex(forwardBy: headLength)
        reply.body = buffer.readString(length: length) ?? ""
        return reply
    }
}

extension ByteBuffer {
    /// Bytes up to and with the first empty line.
    fileprivate var endOfHead: Int? {
        let end: [UInt8] = [13, 10, 13, 10]
        let view = self.readableBytesView
        guard let range = view.firstRange(of: end) else { return nil }
        return view.distance(from: view.startIndex, to: range.upperBound)
    }
}
