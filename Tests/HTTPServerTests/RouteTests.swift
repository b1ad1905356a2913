import ByteStreams
import Logging
import MetricsCore
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping

@testable import HTTPServer

@Suite struct RouteTests {
    private static let paths = ["/page", "/long/path", "/socket", "/", "/demo/app.js", "/client/é.js"]

    private static func row(_ path: String, label: String? = nil) -> HTTPRoute {
        HTTPRoute(path, .page, label: label) { _, _ throws(Problem) in .respond(.json(.text(path))) }
    }

    private let routes = HTTPRoutes(RouteTests.paths.map { RouteTests.row($0) }, help: "ask")

    /// The path of the route that a target leads to.
    private func path(_ target: String) -> String? {
        let bytes = Array(target.utf8)
        return self.routes.row(bytes.span, target: 0..<bytes.count).map { self.routes.rows[$0].path }
    }

    @Test(
        arguments: [
            ("/page", "/page"), ("/long/path", "/long/path"), ("/socket?appID=1&side=A", "/socket"), ("/page?", "/page"),
            ("/page#x", "/page"), ("/socket/", nil), ("", nil), ("*", nil), ("/Page", nil), ("/socket%3F", nil), ("/long", nil),
            ("/long/", nil), ("/long/path/", nil), ("http://host/socket", "/socket"), ("HTTPS://host:1/socket?side=A", "/socket"),
            ("http://host", nil), ("http://host?/socket", nil), ("ftp://host/socket", nil), ("//host/socket", nil),
            ("/http://host/socket", nil), ("host:1", nil),
        ] as [(String, String?)])
    func aTargetLeadsToARoute(target: String, path: String?) { #expect(self.path(target) == path) }

    @Test(
        arguments: [
            ("/", "/"), ("/?code=1", "/"), ("http://host/", "/"), ("/demo/app.js", "/demo/app.js"), ("/client/é.js", "/client/é.js"),
            ("/demo/app.jsx", nil), ("/demo/", nil), ("/demo", nil), ("//", nil), ("/demo/../demo/app.js", nil), ("/demo/%61pp.js", nil),
            ("/Demo/app.js", nil), ("/client/e\u{301}.js", nil),
        ] as [(String, String?)])
    func aFileIsAtItsPathAlone(target: String, path: String?) { #expect(self.path(target) == path) }

    @Test func ofTwoRoutesWithOnePathTheFirstCounts() {
        let routes = HTTPRoutes([Self.row("/x", label: "first"), Self.row("/x", label: "second")], help: "ask")
        let bytes = Array("/x".utf8)
        #expect(routes.row(bytes.span, target: 0..<bytes.count) == 0)
    }

    // MARK: - Labels

    @Test func aRouteIsCountedByItsLabelAndWhatIsNotThereByOther() {
        let routes = HTTPRoutes(
            [Self.row("/page"), Self.row("/a", label: "files"), Self.row("/numbers", label: "/metrics"), Self.row("/b", label: "files")],
            labels: ["files", "more files"], help: "ask")
        #expect(routes.labels == ["/page", "files", "/metrics", "more files", "other"])
        #expect([0, 1, 2, 3, nil].map { routes.labels[routes.label($0)] } == ["/page", "files", "/metrics", "files", "other"])
    }

    @Test func requestsAreCountedByRouteAndStatus() throws {
        let rig = HTTPRig()
        let connection = rig.connect()
        connection.send(
            [
                HTTPAsk("GET", "/page"), HTTPAsk("GET", "/page?x"), HTTPAsk("PUT", "/page", body: ""), HTTPAsk("OPTIONS", "/gone"),
                HTTPAsk("POST", "/gone", body: ""), HTTPAsk("GET", "/nothing"), HTTPAsk("GET", "/page", headers: [("Host", "a,b")]),
            ].map(\.text).joined())
        rig.connect().send("nonsense\r\n\r\n")
        rig.connect().send(HTTPAsk("GET", "/socket", headers: WebSocketClient.upgradeHeaders).text)
        func count(_ label: String, _ status: HTTPStatus) -> Int? {
            rig.metrics.counts.requests.first { $0.label == label }?.counts[status]
        }
        #expect(count("/page", .ok) == 2 && count("/page", .methodNotAllowed) == 1 && count("/page", .badRequest) == 1)
        #expect(count("/gone", .noContent) == 1 && count("/gone", .gone) == 1)
        #expect(count("other", .notFound) == 1 && count("other", .badRequest) == 1 && count("/socket", .switchingProtocols) == 1)
        #expect(rig.requestsCounted == 9)
        // Of what is no request nobody knows when it began.
        #expect(rig.metrics.counts.duration.counts.reduce(0, +) == 8)
    }

    @Test func eachLoopCountsForItselfAndAllTogether() {
        let metrics = HTTPMetrics()
        let shards = [metrics.makeShard(labels: ["a", "b"]), metrics.makeShard(labels: ["a", "b"])]
        shards[0].responded(0, .ok, duration: .milliseconds(1))
        shards[1].responded(0, .ok, duration: .milliseconds(2))
        shards[1].responded(1, .gone, duration: nil)
        let counts = metrics.counts
        #expect(counts.requests.map(\.label) == ["a", "b"])
        #expect(counts.requests[0].counts[.ok] == 2 && counts.requests[1].counts[.gone] == 1 && counts.requests[1].counts[.ok] == 0)
        #expect(counts.duration.counts.reduce(0, +) == 2 && counts.duration.sum == 0.003)
    }

    // MARK: - Methods

    /// The response to one request, apart from its date.
    private func response(_ ask: HTTPAsk) -> String {
        let connection = HTTPRig().connect()
        connection.send(ask.text)
        return connection.output()
    }

    @Test(arguments: [
        ("/page", "GET", "GET, HEAD, OPTIONS"), ("/page", "HEAD", "GET, HEAD, OPTIONS"), ("/echo", "POST", "POST, OPTIONS"),
        ("/socket", "GET", "GET, OPTIONS"),
    ])
    func othersThanTheMethodsOfARouteAreRefused(path: String, method: String, allowed: String) {
        for other in ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "PATCH"] {
            let response = self.response(HTTPAsk(other, path, body: other == "GET" || other == "HEAD" ? nil : ""))
            let isRefused = response.statuses.first == "405 Method Not Allowed"
            #expect(isRefused != allowed.split(separator: ", ").contains(other[...]), "\(other) \(path)")
            if isRefused { #expect(response.contains("\r\nAllow: \(allowed)\r\n")) }
        }
    }

    @Test func optionsIsAMethodOfEveryRouteAndOfNothingElse() {
        for (path, allowed) in [("/page", "GET, HEAD, OPTIONS"), ("/echo", "POST, OPTIONS"), ("/socket", "GET, OPTIONS")] {
            let response = self.response(HTTPAsk("OPTIONS", path, headers: [("Origin", "https://a.example")]))
            #expect(response.statuses == ["204 No Content"] && response.contains("\r\nAllow: \(allowed)\r\n"))
            #expect(response.contains("\r\nAccess-Control-Allow-Methods: \(allowed)\r\n") && !response.contains("Cache-Control"))
        }
        for target in ["/nothing", "*"] { #expect(self.response(HTTPAsk("OPTIONS", target)).statuses == ["404 Not Found"]) }
    }

    @Test func whoAsksForWhatIsNotThereIsToldWhereToLook() {
        let response = self.response(HTTPAsk("GET", "/nothing"))
        #expect(response.statuses == ["404 Not Found"] && response.contains("no such resource; see the tests"))
    }

    // MARK: - The log

    @Test func aRequestIsALineWithItsRoutesLabel() {
        let log = LogRecorder()
        let connection = HTTPRig(logger: log.logger).connect()
        connection.send(HTTPAsk("GET", "/page").text + HTTPAsk("HEAD", "/secret").text + "x\r\n")
        let lines = log.lines("request")
        #expect(lines.map { $0.metadata["route"] } == ["/page", "other"] && lines.map { $0.metadata["status"] } == ["200", "404"])
        #expect(lines.map { $0.metadata["method"] } == ["GET", "HEAD"] && lines.map(\.level) == [.debug, .info])
        for line in lines { #expect(line.metadata["client"] == "192.0.2.0/24" && line.metadata["duration_ms"] == "0") }
    }
}
