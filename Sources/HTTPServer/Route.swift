import SignalingRuntime

/// The server's endpoints.
enum Route: Equatable {
    case code, redeem, ws, healthz, readyz, metrics
    case file(StaticFile)

    init?(_ bytes: Span<UInt8>, target: Range<Int>, metricsRoute: String?, files: StaticFiles) {
        let path = RequestTarget(bytes, target).path
        if bytes.equals("/rendezvous/code", in: path) {
            self = .code
        } else if bytes.equals("/rendezvous/redeem", in: path) {
            self = .redeem
        } else if bytes.equals("/ws", in: path) {
            self = .ws
        } else if bytes.equals("/healthz", in: path) {
            self = .healthz
        } else if bytes.equals("/readyz", in: path) {
            self = .readyz
        } else if let metricsRoute, bytes.equals(text: metricsRoute, in: path) {
            self = .metrics
        } else if let file = files.file(at: path, in: bytes) {
            self = .file(file)
        } else {
            return nil
        }
    }

    var methods: String {
        switch self {
        case .code, .redeem: "POST, OPTIONS"
        case .ws: "GET, OPTIONS"
        case .healthz, .readyz, .metrics, .file: "GET, HEAD, OPTIONS"
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
        case .file(let file): file.audience == .anyPage ? .client : .demo
        case nil: .other
        }
    }
}
