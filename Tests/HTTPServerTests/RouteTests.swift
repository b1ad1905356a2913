import SignalingRuntime
import Testing

@testable import HTTPServer

@Suite struct RouteTests {
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
        #expect(Route(target: target, metricsRoute: "/metrics") == route)
    }

    @Test func theMetricsRouteIsTheOperators() {
        #expect(Route(target: "/x", metricsRoute: "/x") == .metrics)
        #expect(Route(target: "/metrics", metricsRoute: "/x") == nil)
        #expect(Route(target: "/metrics", metricsRoute: nil) == nil)
    }

    @Test func theMetricsRouteCannotShadowAnother() {
        #expect(Route(target: "/ws", metricsRoute: "/ws") == .ws)
    }

    @Test(
        arguments: [
            (Route.code, "/rendezvous/code"), (.redeem, "/rendezvous/redeem"), (.ws, "/ws"), (.healthz, "/healthz"), (.readyz, "/readyz"),
            (.metrics, "/metrics"), (nil, "other"),
        ] as [(Route?, String)])
    func aRouteHasItsLabel(route: Route?, name: String) {
        #expect(RouteLabel.names[Route.label(route).rawValue] == name)
    }
}
