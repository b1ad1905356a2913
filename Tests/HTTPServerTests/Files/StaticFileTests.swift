import NIOCore
import SignalingRuntime
import SignalingTestKit
import Testing

@testable import HTTPServer

/// What a file is answered with, on a connection in memory.
@Suite struct StaticFileTests {
    private static let page = StaticFile(path: "/", name: "index.html", audience: .ownPage, body: ByteBuffer(string: "<!doctype html>\n"))
    private static let module = StaticFile(
        path: "/client/a.js", name: "a.js", audience: .anyPage, body: ByteBuffer(string: String(repeating: "/* é */\n", count: 9_000)))

    /// The answers to requests sent at once.
    private func answers(_ asks: [HTTPAsk], _ rig: HTTPRig = HTTPRig(files: [Self.page, Self.module])) throws -> [Reply] {
        let connection = try rig.connect()
        try connection.send(asks.map(\.text).joined())
        return Reply.split(try connection.output(), methods: asks.map(\.method))
    }

    private func get(_ path: String, _ headers: [(String, String)] = []) throws -> Reply {
        try #require(try self.answers([HTTPAsk("GET", path, headers: headers)]).first)
    }

    @Test func aModuleIsForPagesOfAnyOrigin() throws {
        for headers in [[], [("Origin", "https://app.example")]] {
            let reply = try self.get("/client/a.js", headers)
            #expect(reply.status == "200 OK" && reply.body == String(buffer: Self.module.body))
            #expect(reply["content-type"] == ["text/javascript; charset=utf-8"])
            #expect(reply["content-length"] == ["\(Self.module.body.readableBytes)"])
            #expect(reply["cache-control"] == ["no-cache"])
            #expect(reply["x-content-type-options"] == ["nosniff"])
            // Once, although the policy of this server would say it of every answer.
            #expect(reply["access-control-allow-origin"] == ["*"])
            #expect(reply["cross-origin-resource-policy"] == ["cross-origin"])
            #expect(reply["content-security-policy"] == [])
        }
    }

    @Test func thePageMayUseWhatItsServerServesAlone() throws {
        let reply = try self.get("/", [("Origin", "https://app.example")])
        #expect(reply.status == "200 OK" && reply.body == "<!doctype html>\n")
        #expect(reply["content-type"] == ["text/html; charset=utf-8"])
        #expect(reply["content-security-policy"] == [StaticFile.contentSecurityPolicy])
        let policy = StaticFile.contentSecurityPolicy.split(separator: "; ")
        #expect(policy.first == "default-src 'none'" && policy.contains("frame-ancestors 'none'") && policy.contains("connect-src 'self'"))
        #expect(!StaticFile.contentSecurityPolicy.contains("unsafe") && !StaticFile.contentSecurityPolicy.contains("http"))
        #expect(reply["referrer-policy"] == ["no-referrer"])
        #expect(reply["x-content-type-options"] == ["nosniff"])
        #expect(reply["access-control-allow-origin"] == [])
        #expect(reply["cross-origin-resource-policy"] == ["same-origin"])
    }

    @Test func theEntityTagIsTheHashOfTheFile() throws {
        #expect(Self.page.entityTag == "\"\(SHA1.digest(Array("<!doctype html>\n".utf8).span).text)\"")
        #expect(try self.get("/")["etag"] == [Self.page.entityTag])
        let other = StaticFile(path: "/", name: "index.html", audience: .ownPage, body: ByteBuffer(string: "<!doctype html>"))
        #expect(other.entityTag != Self.page.entityTag && other.entityTag.utf8.count == 42)
    }

    @Test func whoHasTheFileIsNotSentItAgain() throws {
        let tag = Self.module.entityTag
        for value in [tag, "W/\(tag)", "*", "\"x\", \(tag)"] {
            let reply = try self.get("/client/a.js", [("If-None-Match", value)])
            #expect(reply.status == "304 Not Modified" && reply.body.isEmpty)
            #expect(reply["etag"] == [tag] && reply["cache-control"] == ["no-cache"] && reply["access-control-allow-origin"] == ["*"])
            #expect(reply["content-length"] == [] && reply["content-type"] == [])
        }
        for value in ["\"x\"", Self.page.entityTag, ""] {
            #expect(try self.get("/client/a.js", [("If-None-Match", value)]).status == "200 OK")
        }
        // Of several lines the first counts.
        #expect(try self.get("/client/a.js", [("If-None-Match", tag), ("if-none-match", "\"x\"")]).status == "304 Not Modified")
        #expect(try self.get("/client/a.js", [("If-None-Match", "\"x\""), ("if-none-match", tag)]).status == "200 OK")
    }

    @Test func headIsGetWithoutTheBody() throws {
        let replies = try self.answers([
            HTTPAsk("HEAD", "/client/a.js"), HTTPAsk("HEAD", "/client/a.js", headers: [("If-None-Match", "*")]), HTTPAsk("GET", "/"),
        ])
        #expect(replies.map(\.status) == ["200 OK", "304 Not Modified", "200 OK"])
        #expect(replies[0]["content-length"] == ["\(Self.module.body.readableBytes)"] && replies[0]["etag"] == [Self.module.entityTag])
        #expect(replies[0].body.isEmpty && replies[2].body == "<!doctype html>\n")
    }

    @Test func anotherMethodIsToldTheRightOnes() throws {
        let reply = try #require(try self.answers([HTTPAsk("POST", "/", body: "")]).first)
        #expect(reply.status == "405 Method Not Allowed" && reply["allow"] == ["GET, HEAD, OPTIONS"])
    }

    @Test func whatIsNotServedIsNotFound() throws {
        for path in ["/demo/x.js", "/client/", "/client/a.js.map"] {
            let reply = try self.get(path)
            #expect(reply.status == "404 Not Found" && reply["content-type"] == ["application/problem+json"])
        }
        let bare = try self.answers([HTTPAsk("GET", "/")], HTTPRig())
        #expect(bare.map(\.status) == ["404 Not Found"])
    }

    @Test func requestsAreCountedByWhatTheyAreFor() throws {
        let rig = HTTPRig(files: [Self.page, Self.module])
        _ = try self.answers(
            [HTTPAsk("GET", "/"), HTTPAsk("GET", "/client/a.js", headers: [("If-None-Match", "*")]), HTTPAsk("GET", "/demo/x")], rig)
        let counts = rig.hub.counts.httpRequests
        #expect(counts[RouteLabel.demo.rawValue][StatusLabel(200)] == 1)
        #expect(counts[RouteLabel.client.rawValue][StatusLabel(304)] == 1)
        #expect(counts[RouteLabel.other.rawValue][StatusLabel(404)] == 1)
    }

    @Test func endingsTellTheType() {
        func type(_ name: String) -> String {
            StaticFile(path: "/", name: name, audience: .ownPage, body: ByteBuffer()).contentType
        }
        #expect(type("a.css") == "text/css; charset=utf-8" && type("icon.svg") == "image/svg+xml; charset=utf-8")
        #expect(type("a.d.ts") == "text/plain; charset=utf-8" && type("noending") == "application/octet-stream")
    }
}

/// An answer taken apart.
private struct Reply {
    let status: String
    let fields: [(name: String, value: String)]
    let body: String

    subscript(name: String) -> [String] { self.fields.filter { $0.name == name }.map(\.value) }

    /// Cuts the answers to these requests apart.
    static func split(_ text: String, methods: [String]) -> [Reply] {
        var replies: [Reply] = []
        var rest = Array(text.utf8)[...]
        for method in methods {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { break }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            let fields = lines.dropFirst().compactMap { line -> (String, String)? in
                line.firstRange(of: ": ").map { (line[..<$0.lowerBound].lowercased(), String(line[$0.upperBound...])) }
            }
            let length = method == "HEAD" ? 0 : fields.first { $0.0 == "content-length" }.flatMap { Int($0.1) } ?? 0
            rest = rest[end.upperBound...]
            replies.append(
                Reply(
                    status: String(lines[0].dropFirst("HTTP/1.1 ".count)), fields: fields,
                    body: String(decoding: rest.prefix(length), as: UTF8.self)))
            rest = rest.dropFirst(length)
        }
        return replies
    }
}
