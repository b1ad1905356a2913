import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import TimeKeeping

/// A request whose head and body are in.
struct CompleteRequest {
    var head: RequestHead
    var body: ByteBuffer
    var route: Route?
    var client: ClientAddress
    let startedAt: MonotonicTime
}

/// From a request to its answer.
struct Responder {
    enum Outcome {
        case answer(Answer)
        case upgrade(UpgradeAdmission.Admitted)
    }

    let services: HTTPServices

    func answer(_ request: CompleteRequest, _ loop: LoopContext) -> Outcome {
        do throws(Problem) {
            return try self.dispatch(request, loop)
        } catch {
            return .answer(.response(error.response))
        }
    }

    private func dispatch(_ request: CompleteRequest, _ loop: LoopContext) throws(Problem) -> Outcome {
        guard let route = request.route else {
            throw Problem(404, "no such resource; see /rendezvous/code, /rendezvous/redeem, /ws, /healthz and /readyz")
        }
        let method = request.head.method
        if method == .options {
            return .answer(.response(self.services.settings.cors.preflight(for: request.head.originText, methods: route.methods)))
        }
        switch route {
        case .code, .redeem:
            guard method == .post else { throw .methodNotAllowed(route.methods) }
            let api = RendezvousAPI(hub: self.services.hub, logger: self.services.logger)
            if route == .code { return .answer(try api.mint(request.body, client: request.client, loop)) }
            return .answer(try api.redeem(request.head, request.body, client: request.client, loop))
        case .ws:
            let admission = UpgradeAdmission(settings: self.services.settings, hub: self.services.hub)
            return .upgrade(try admission.admit(request.head, client: request.client, loop))
        case .healthz, .readyz, .metrics:
            guard method == .get || method == .head else { throw .methodNotAllowed(route.methods) }
            return .answer(.response(try self.page(route)))
        case .file(let file):
            guard method == .get || method == .head else { throw .methodNotAllowed(route.methods) }
            let head = request.head
            // Of several lines the first is looked at: the whole answer is never wrong.
            let isKnown = EntityTags.list(head.ifNoneMatch.value, names: file.entityTag, in: head.bytes.readableBytesUInt8Span)
            return .answer(isKnown ? .notModified(file) : .file(file))
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
