import HTTPServer
import ServerApp
import Testing

@testable import ServerConfiguration

/// METRICS_ROUTE can hide no route of the server: what the setting refuses is what the server's table of routes has.
@Suite struct MetricsRouteTests {
    private func isTaken(_ path: String) throws -> Bool {
        var settings = ServerSettings()
        return try #require(SettingsCatalogue["METRICS_ROUTE"]).assign(path, in: &settings) != nil
    }

    @Test func noPathOfTheServerIsTakenAsItsPath() async throws {
        // With everything on, and the page away from where it could stand for a route.
        try await withServer {
            $0.demo = true
            $0.metricsRoute = "/internal/numbers"
        } _: { server async throws in
            let paths = server.server.http.routes.rows.map(\.path).filter { $0 != "/internal/numbers" }
            #expect(paths.count > SettingsCatalogue.routes.count)
            for path in paths { #expect(try self.isTaken(path), "\(path)") }
            for path in SettingsCatalogue.routes { #expect(paths.contains(path), "\(path)") }
            for folder in SettingsCatalogue.folders { #expect(paths.contains { $0.hasPrefix(folder) }, "\(folder)") }
        }
        for path in ["/metrics", "/internal/numbers", "/wsx", "/demonstration"] { #expect(try !self.isTaken(path), "\(path)") }
    }
}
