import NIOCore
import NIOHTTP1
import SignalingCore
import SignalingRuntime

/// A request whose head and body are in.
struct CompleteRequest {
    var head: HTTPRequestHead
    var body: ByteBuffer
    var route: Route?
    var client: ClientAddress
}

/// From a request to its answer.
struct Responder {
    enum Answer {
        case response(HTTPResponse)
        case upgrade(UpgradeAdmission.Admitted)
    }

    let services: HTTPServices

    func answer(_ request: CompleteRequest, _ loop: LoopContext) -> Answer {
        let origin = request.head.headers.first(name: "Origin")
        do throws(Problem) {
            switch try self.dispatch(request, origin: origin, loop) {
            case .response(var response):
                response.fields += self.services.settings.cors.fields(for: origin)
                return .response(response)
            case .upgrade(let admitted):
                return .upgrade(admitted)
            }
        } catch {
            var response = error.response
            response.fields += self.services.settings.cors.fields(for: origin)
            return .response(response)
        }
    }

    private func dispatch(_ request: CompleteRequest, origin: String?, _ loop: LoopContext) throws(Problem) -> Answer {
        guard let route = request.route else {
            throw Problem(404, "no such resource; see /rendezvous/code, /rendezvous/redeem, /ws, /healthz and /readyz")
        }
        if request.head.method == .OPTIONS {
            return .response(self.services.settings.cors.preflight(for: origin, methods: route.methods))
        }
        switch route {
        case .code, .redeem:
            guard request.head.method == .POST else { throw .methodNotAllowed(route.methods) }
            let api = RendezvousAPI(hub: self.services.hub, logger: self.services.logger)
            if route == .code { return .response(try api.mint(request.body, client: request.client, loop)) }
            return .response(try api.redeem(request.head, request.body, client: request.client, loop))
        case .ws:
            let admission = UpgradeAdmission(settings: self.services.settings, hub: self.services.hub)
            return .upgrade(try admission.admit(request.head, client: request.client, loop))
        case .healthz, .readyz, .metrics:
            guard request.head.method == .GET || request.head.method == .HEAD else { throw .methodNotAllowed(route.methods) }
            return .response(try self.page(route))
        }
    }

    private func page(_ route: Route) throws(Problem) -> HTTPResponse {
        if route == .metrics {
            let page = self.services.hub.metricsPage(
                version: self.services.settings.version, droppedLogLines: self.services.droppedLogLines())
            return HTTPResponse(status: 200, contentType: PrometheusText.contentType, body: page)
        }
        if route == .healthz { return .json(#"{"ok":true}"#, isStored: false) }
        switch self.services.hub.phase {
        case .ready: return .json(#"{"ready":true}"#, isStored: false)
        case .starting: throw .unavailable("the server is starting", retryAfter: 1)
        case .draining: throw .unavailable("the server is shutting down", retryAfter: 1)
        }
    }
}
