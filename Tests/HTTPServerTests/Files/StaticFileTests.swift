import MetricsCore
import NIOCore
import SignalingTestKit
import Testing

@testable import HTTPServer

/// How a file is served, on a connection in memory.
@Suite struct StaticFileTests {
    private static let page = StaticFile(path: "/", name: "index.html", audience: .ownPage, body: ByteBuffer(string: "<!doctype html>\n"))
    private static let module = StaticFile(
        path: "/client/a.js", name: "a.js", audience: .anyPage, body: ByteBuffer(string: String(repeating: "/* é */\n", count: 9_000)))

    /// The responses to requests sent at once.
    private func responses(_ asks: [HTTPAsk], _ rig: HTTPRig = HTTPRig(files: [Self.page, Self.module])) throws -> [HTTPReply] {
        let connection = rig.connect()
        connection.send(asks.map(\.text).joined())
        var sent = connection.stream.takeSent()
        let replies = try asks.compactMap { try HTTPReply.read(from: &sent, to: $0.method) }
        #expect(sent.readableBytes == 0)
        return replies
    }

    private func get(_ path: String, _ headers: [(String, String)] = []) throws -> HTTPReply {
        try #require(try self.responses([HTTPAsk("GET", path, headers: headers)]).first)
    }

    @Test func aModuleIsForPagesOfAnyOrigin() throws {
        for headers in [[], [("Origin", "https://app.example")]] {
            let reply = try self.get("/client/a.js", headers)
            #expect(reply.status == 200 && reply.body == String(buffer: Self.module.body))
            #expect(reply.values("content-type") == ["text/javascript; charset=utf-8"])
            #expect(reply.values("content-length") == ["\(Self.module.body.readableBytes)"])
            #expect(reply.values("cache-control") == ["no-cache"])
            #expect(reply.values("x-content-type-options") == ["nosniff"])
            // Once, although the policy of this server would say it of every response.
            #expect(reply.values("access-control-allow-origin") == ["*"])
            #expect(reply.values("cross-origin-resource-policy") == ["cross-origin"])
            #expect(reply.values("content-security-policy") == [])
        }
    }

    @Test func thePageMayUseWhatItsServerServesAlone() throws {
        let reply = try self.get("/", [("Origin", "https://app.example")])
        #expect(reply.status == 200 && reply.body == "<!doctype html>\n")
        #expect(reply.values("content-type") == ["text/html; charset=utf-8"])
        #expect(reply.values("content-security-policy") == [StaticFile.contentSecurityPolicy])
        let policy = StaticFile.contentSecurityPolicy.split(separator: "; ")
        #expect(policy.first == "default-src 'none'" && policy.contains("frame-ancestors 'none'") && policy.contains("connect-src 'self'"))
        #expect(!StaticFile.contentSecurityPolicy.contains("unsafe") && !StaticFile.contentSecurityPolicy.contains("http"))
        #expect(reply.values("referrer-policy") == ["no-referrer"])
        #expect(reply.values("x-content-type-options") == ["nosniff"])
        #expect(reply.values("access-control-allow-origin") == [])
        #expect(reply.values("cross-origin-resource-policy") == ["same-origin"])
    }

    @Test func theEntityTagIsTheHashOfTheFile() throws {
        #expect(Self.page.entityTag == "\"\(SHA1.digest(Array("<!doctype html>\n".utf8).span).text)\"")
        #expect(try self.get("/").values("etag") == [Self.page.entityTag])
        let other = StaticFile(path: "/", name: "index.html", audience: .ownPage, body: ByteBuffer(string: "<!doctype html>"))
        #expect(other.entityTag != Self.page.entityTag && other.entityTag.utf8.count == 42)
    }

    @Test func whoHasTheFileIsNotSentItAgain() throws {
        let tag = Self.module.entityTag
        for value in [tag, "W/\(tag)", "*", "\"x\", \(tag)"] {
            let reply = try self.get("/client/a.js", [("If-None-Match", value)])
            #expect(reply.status == 304 && reply.body.isEmpty)
            #expect(reply.values("etag") == [tag] && reply.values("cache-control") == ["no-cache"])
            #expect(reply.values("access-control-allow-origin") == ["*"])
            #expect(reply.values("content-length") == [] && reply.values("content-type") == [])
        }
        for value in ["\"x\"", Self.page.entityTag, ""] {
            #expect(try self.get("/client/a.js", [("If-None-Match", value)]).status == 200)
        }
        // Of several lines the first counts.
        #expect(try self.get("/client/a.js", [("If-None-Match", tag), ("if-none-match", "\"x\"")]).status == 304)
        #expect(try self.get("/client/a.js", [("If-None-Match", "\"x\""), ("if-none-match", tag)]).status == 200)
    }

    @Test func headIsGetWithoutTheBody() throws {
        let replies = try self.responses([
            HTTPAsk("HEAD", "/client/a.js"), HTTPAsk("HEAD", "/client/a.js", headers: [("If-None-Match", "*")]), HTTPAsk("GET", "/"),
        ])
        #expect(replies.map(\.status) == [200, 304, 200])
        #expect(replies[0].values("content-length") == ["\(Self.module.body.readableBytes)"])
        #expect(replies[0].values("etag") == [Self.module.entityTag])
        #expect(replies[0].body.isEmpty && replies[2].body == "<!doctype html>\n")
    }

    @Test func anotherMethodIsToldTheRightOnes() throws {
        let reply = try #require(try self.responses([HTTPAsk("POST", "/", body: "")]).first)
        #expect(reply.status == 405 && reply.values("allow") == ["GET, HEAD, OPTIONS"])
    }

    @Test func whatIsNotServedIsNotFound() throws {
        for path in ["/demo/x.js", "/client/", "/client/a.js.map"] {
            let reply = try self.get(path)
            #expect(reply.status == 404 && reply.values("content-type") == ["application/problem+json"])
        }
        let bare = try self.responses([HTTPAsk("GET", "/")], HTTPRig())
        #expect(bare.map(\.status) == [404])
    }

    @Test func preflightsAreForFilesToo() throws {
        let reply = try #require(try self.responses([HTTPAsk("OPTIONS", "/", headers: [("Origin", "https://app.example")])]).first)
        #expect(reply.status == 204 && reply.values("allow") == ["GET, HEAD, OPTIONS"])
        #expect(reply.values("access-control-allow-origin") == ["*"] && reply.values("etag") == [])
    }

    @Test func requestsForFilesAreCountedByTheirLabel() throws {
        let rig = HTTPRig(files: [Self.page, Self.module])
        _ = try self.responses(
            [HTTPAsk("GET", "/"), HTTPAsk("GET", "/client/a.js", headers: [("If-None-Match", "*")]), HTTPAsk("GET", "/demo/x")], rig)
        let requests = rig.metrics.counts.requests
        let files = requests.first { $0.label == "files" }?.counts
        #expect(files?[.ok] == 1 && files?[.notModified] == 1)
        #expect(requests.last?.label == "other" && requests.last?.counts[.notFound] == 1)
    }

    /// A script that does not lie above the page may not work for it unless it is said so; of others it is not said.
    @Test func theServiceWorkerMayWorkForTheWholePage() throws {
        let worker = StaticFile(
            path: "/demo/service-worker.js", name: "service-worker.js", audience: .ownPage, body: ByteBuffer(string: "x"))
        let foreign = StaticFile(path: "/client/service-worker.js", name: "service-worker.js", audience: .anyPage, body: worker.body)
        let rig = HTTPRig(files: [worker, foreign, Self.page])
        let replies = try ["/demo/service-worker.js", "/client/service-worker.js", "/"].map { path in
            try #require(try self.responses([HTTPAsk("GET", path)], rig).first)
        }
        #expect(replies.map { $0.values("service-worker-allowed") } == [["/"], [], []])
    }

    @Test func endingsTellTheType() {
        func type(_ name: String) -> String {
            StaticFile(path: "/", name: name, audience: .ownPage, body: ByteBuffer()).contentType
        }
        #expect(type("a.png") == "image/png" && type("manifest.webmanifest") == "application/manifest+json")
        #expect(type("a.css") == "text/css; charset=utf-8" && type("icon.svg") == "image/svg+xml; charset=utf-8")
        #expect(type("a.d.ts") == "text/plain; charset=utf-8" && type("noending") == "application/octet-stream")
        #expect(type("openapi.yaml") == "application/yaml")
    }
}
