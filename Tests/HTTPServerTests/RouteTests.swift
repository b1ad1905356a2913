import NIOCore
import SignalingRuntime
import Testing

@testable import HTTPServer

@Suite struct RouteTests {
    private static let files = ["/", "/demo/app.js", "/client/é.js"].map { path in
        StaticFile(path: path, name: "x.js", audience: path.hasPrefix("/client/") ? .anyPage : .ownPage, body: ByteBuffer(string: path))
    }

    private func route(_ target: String, metrics: String?, files: [StaticFile] = []) -> Route? {
        let bytes = Array(target.utf8)
        return Route(bytes.span, target: 0..<bytes.count, metricsRoute: metrics, files: StaticFiles(files))
    }

    @Test(
        arguments: [
            ("/rendezvous/code", Route.code), ("/rendezvous/redeem", .redeem), ("/ws", .ws), ("/healthz", .healthz), ("/readyz", .readyz),
            ("/metrics", .metrics), ("/ws?appID=1&side=A", .ws), ("/healthz?", .healthz), ("/healthz#x", .healthz), ("/ws/", nil),
            ("/", nil),
            ("", nil), ("*", nil), ("/Healthz", nil), ("/ws%3F", nil), ("/metrics/", nil),
            ("http://host/ws", .ws), ("HTTPS://host:1/ws?side=A", .ws), ("http://host", nil), ("http://host?/ws", nil),
            ("ftp://host/ws", nil), ("//host/ws", nil), ("/http://host/ws", nil), ("host:1", nil),
        ] as [(String, Route?)])
    func aTargetLeadsToARoute(target: String, route: Route?) {
        #expect(self.route(target, metrics: "/metrics") == route)
    }

    @Test(arguments: [
        ("/", 0), ("/?code=1", 0), ("http://host/", 0), ("/demo/app.js", 1), ("/client/é.js", 2), ("/demo/app.jsx", nil), ("/demo/", nil),
        ("/demo", nil), ("//", nil), ("/demo/../demo/app.js", nil), ("/demo/%61pp.js", nil), ("/Demo/app.js", nil),
        ("/client/e\u{301}.js", nil),
    ])
    func aFileIsAtItsPathAlone(target: String, file: Int?) {
        #expect(self.route(target, metrics: "/metrics", files: Self.files) == file.map { .file(Self.files[$0]) })
        #expect(self.route(target, metrics: "/metrics") == nil)
    }

    @Test func theMetricsRouteIsTheOperators() {
        #expect(self.route("/x", metrics: "/x") == .metrics)
        #expect(self.route("/metrics", metrics: "/x") == nil)
        #expect(self.route("/metrics", metrics: nil) == nil)
    }

    @Test func theMetricsRouteCannotShadowAnother() {
        #expect(self.route("/ws", metrics: "/ws") == .ws)
    }

    @Test(
        arguments: [
            (Route.code, "/rendezvous/code"), (.redeem, "/rendezvous/redeem"), (.ws, "/ws"), (.healthz, "/healthz"), (.readyz, "/readyz"),
            (.metrics, "/metrics"), (.file(RouteTests.files[0]), "demo"), (.file(RouteTests.files[2]), "client"), (nil, "other"),
        ] as [(Route?, String)])
    func aRouteHasItsLabel(route: Route?, name: String) {
        #expect(RouteLabel.names[Route.label(route).rawValue] == name)
    }
}
