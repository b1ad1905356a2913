import Foundation
import SignalingTestKit

/// A response read strictly (RFC 9112): what a client or a proxy in front could read in two ways is a finding.
struct ReceivedResponse {
    var status: Int
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// The body was announced and left out, as for HEAD.
    var omitsBody = false

    func values(_ name: String) -> [String] { self.fields.filter { $0.name.lowercased() == name }.map(\.value) }

    /// The connection ends with it.
    var closes: Bool { self.values("connection").contains("close") }

    private static let known: Set<Int> = [100, 101, 200, 204, 400, 403, 404, 405, 408, 410, 413, 415, 426, 429, 431, 501, 503]

    /// All responses in the server's output, and what follows one that switched protocols.
    static func parse(_ output: [UInt8]) throws -> (responses: [ReceivedResponse], upgraded: [UInt8]?) {
        var responses: [ReceivedResponse] = []
        var rest = output[...]
        while !rest.isEmpty {
            try expect(responses.last?.closes != true, "after the last response came \(shown(rest))")
            var response = try self.head(&rest)
            responses.append(response)
            if response.status == 101 { return (responses, Array(rest)) }
            try response.takeBody(&rest)
            responses[responses.count - 1] = response
        }
        return (responses, nil)
    }

    private static func head(_ rest: inout ArraySlice<UInt8>) throws -> ReceivedResponse {
        let first = try self.line(&rest)
        let words = first.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[0] == "HTTP/1.1", let status = Int(words[1]), self.known.contains(status) else {
            throw Finding("the server's status line is \(first)")
        }
        var response = ReceivedResponse(status: status)
        while case let line = try self.line(&rest), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { throw Finding("the server's header field is \(line)") }
            let name = String(line[..<colon])
            let isToken = !name.isEmpty && name.utf8.allSatisfy { (0x21..<0x7F).contains($0) && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
            let value = line[line.index(after: colon)...]
            try expect(isToken && value.hasPrefix(" "), "the server's header field is \(line)")
            response.fields.append((name, String(value.dropFirst())))
        }
        for (name, _) in response.fields where !["vary", "connection"].contains(name.lowercased()) {
            try expect(response.values(name.lowercased()).count == 1, "the server's response has \(name) twice")
        }
        if status >= 200 { try expect(response.values("date").count == 1, "the server's response has no Date") }
        return response
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) throws -> String {
        guard let end = rest.firstIndex(of: 0x0D), rest[end...].starts(with: [0x0D, 0x0A]) else {
            throw Finding("the server's response has no whole head: \(shown(rest))")
        }
        let line = rest[..<end]
        try expect(
            line.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "the server's response has a control character in its head: \(shown(line))")
        rest = rest[(end + 2)...]
        return String(decoding: line, as: UTF8.self)
    }

    private mutating func takeBody(_ rest: inout ArraySlice<UInt8>) throws {
        let lengths = self.values("content-length")
        if self.status < 200 || self.status == 204 {
            return try expect(lengths.isEmpty, "a \(self.status) with Content-Length")
        }
        guard lengths.count == 1, let length = Int(lengths[0]) else { throw Finding("the server's response has Content-Length \(lengths)") }
        // To tell without the request's method: no body begins like a response, and none is empty.
        self.omitsBody = length > 0 && (rest.isEmpty || rest.starts(with: "HTTP/1.1 ".utf8))
        if self.omitsBody { return }
        try expect(rest.count >= length, "the server's response is shorter than its Content-Length \(length)")
        self.body = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        try self.checkBody()
    }

    private func checkBody() throws {
        let type = self.values("content-type").first ?? ""
        if self.status >= 400 { try expect(type == "application/problem+json", "an error response of type \(type)") }
        guard type.contains("json") else { return }
        guard let json = PlainJSON(self.body), json.members != nil else {
            throw Finding("a response's body is no JSON object: \(shown(self.body))")
        }
        guard self.status >= 400 else { return }
        let status: Int? = json["status"]?.integer()
        try expect(
            status == self.status && json["title"]?.text != nil && json["detail"]?.text != nil,
            "a problem document says \(shown(self.body))")
    }
}
