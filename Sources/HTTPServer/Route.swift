import SignalingRuntime

/// The server's endpoints.
enum Route: Equatable {
    case code, redeem, ws, healthz, readyz, metrics

    init?(target: String, metricsRoute: String?) {
        let path = RequestTarget(target).path
        switch path {
        case "/rendezvous/code": self = .code
        case "/rendezvous/redeem": self = .redeem
        case "/ws": self = .ws
        case "/healthz": self = .healthz
        case "/readyz": self = .readyz
        default:
            guard let metricsRoute, path == metricsRoute else { return nil }
            self = .metrics
        }
    }

    var methods: String {
        switch self {
        case .code, .redeem: "POST, OPTIONS"
        case .ws: "GET, OPTIONS"
        case .healthz, .readyz, .metrics: "GET, HEAD, OPTIONS"
        }
    }

    static func label(_ route: Route?) -> RouteLabel {
        switch route {
        case .code: .code
        case .redeem: .redeem
        case .ws: .ws
        case .healthz: .healthz
        case .readyz: .readyz
        case .metrics: .metrics
        case nil: .other
        }
    }
}
