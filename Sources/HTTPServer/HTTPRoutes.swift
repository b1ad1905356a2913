package import ByteStreams
package import NIOCore

/// One row of the table of routes.
package struct HTTPRoute: Sendable {
    /// One that ends in a slash, and is more than that, stands for everything below it.
    package let path: String
    package let methods: HTTPMethods
    /// Its name in the metrics and the log; several routes may share one.
    package let label: String
    /// Whether it is there for every host: load balancers ask for the health of an address.
    let isForAnyHost: Bool
    /// Whether pages of other origins may be allowed to read it.
    let isForPages: Bool
    /// Called on the connection's loop, for each request with an allowed method.
    let respond: @Sendable (HTTPRequest, LoopContext) throws(Problem) -> HTTPOutcome

    package init(
        _ path: String, _ methods: HTTPMethods, label: String? = nil, isForAnyHost: Bool = false, isForPages: Bool = true,
        respond: @escaping @Sendable (HTTPRequest, LoopContext) throws(Problem) -> HTTPOutcome
    ) {
        self.path = path
        self.methods = methods
        self.label = label ?? path
        self.isForAnyHost = isForAnyHost
        self.isForPages = isForPages
        self.respond = respond
    }

    /// The route of a file. Clients that have the file already get 304.
    package init(_ file: StaticFile, label: String) {
        let (whole, notModified) = (HTTPResponse.file(file), HTTPResponse.notModified(file))
        self.init(file.path, .page, label: label) { request, _ throws(Problem) in
            .respond(file.isKnown(to: request) ? notModified : whole)
        }
    }

    /// The route of a page that is elsewhere: at this address, as seen from `path`.
    package static func redirect(_ path: String, to address: String, label: String) -> HTTPRoute {
        let response = HTTPResponse(.permanentRedirect, contentType: nil, body: .text(""), fields: [.init("Location", address)])
        return HTTPRoute(path, .page, label: label) { _, _ throws(Problem) in .respond(response) }
    }

    fileprivate var isFolder: Bool { self.path.utf8.count > 1 && self.path.utf8.last == UInt8(ascii: "/") }
}

/// The methods of a route. Every route has OPTIONS too, to which `CORSPolicy` responds.
package enum HTTPMethods: Sendable {
    /// GET and HEAD.
    case page
    /// GET alone: each response is another.
    case get
    case post
    /// GET with an upgrade.
    case upgrade

    func allows(_ method: RequestMethod) -> Bool {
        switch self {
        case .page: method == .get || method == .head
        case .post: method == .post
        case .get, .upgrade: method == .get
        }
    }

    /// The value of the Allow field.
    package var allowed: String {
        switch self {
        case .page: "GET, HEAD, OPTIONS"
        case .post: "POST, OPTIONS"
        case .get, .upgrade: "GET, OPTIONS"
        }
    }
}

/// What becomes of a request.
package enum HTTPOutcome {
    case respond(HTTPResponse)
    case upgrade(HTTPUpgrade)
    /// The response comes when it is known. Until then the connection reads no further request.
    case later(any DeferredResponse)
}

/// A connection that becomes a WebSocket.
package struct HTTPUpgrade {
    enum Response {
        case granted(WebSocketHandshake.Accept)
        /// What another server has granted it with.
        case passedOn(ByteBuffer)
    }

    let response: Response
    let key: UInt64?
    let makeDriver: @Sendable (LoopContext) -> any StreamDriver
    package let abandoned: @Sendable () -> Void

    /// - Parameters:
    ///   - key: Connections with equal keys move to the same loop, if the transport can move them.
    ///   - abandoned: Called instead of `makeDriver` if the connection is gone.
    package init(
        _ accept: WebSocketHandshake.Accept, key: UInt64, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        abandoned: @escaping @Sendable () -> Void
    ) {
        self.init(.granted(accept), key, makeDriver, abandoned)
    }

    /// An upgrade that another server has granted.
    /// - Parameters:
    ///   - response: The head of its response, which the client is sent as it is.
    ///   - makeDriver: Called on the connection's own loop: it stays there.
    package init(
        passingOn response: ByteBuffer, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        abandoned: @escaping @Sendable () -> Void
    ) {
        self.init(.passedOn(response), nil, makeDriver, abandoned)
    }

    private init(
        _ response: Response, _ key: UInt64?, _ makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        _ abandoned: @escaping @Sendable () -> Void
    ) {
        self.response = response
        self.key = key
        self.makeDriver = makeDriver
        self.abandoned = abandoned
    }
}

/// The table of routes. The most frequent ones should come first. If two have the same path, the first counts.
package final class HTTPRoutes: Sendable {
    package let rows: [HTTPRoute]
    /// For each row, the bytes of its path.
    private let paths: [[UInt8]]
    private let notFound: Problem
    /// Each label once; at the end `other`, for requests that no route is there for.
    package let labels: [String]
    /// For each row, the index of its label.
    private let labelIndices: [Int]
    /// Rows for folders. They are few, or none, and are looked at after all others.
    private let folders: [Int]
    /// What may stand before each path; empty for nothing.
    private let basePath: [UInt8]

    /// - Parameters:
    ///   - further: Labels to be listed even if no row has them, so that the metrics have the same series whatever the settings are.
    ///   - help: What a 404 suggests to look at instead.
    ///   - basePath: All rows are there below this path too.
    package init(_ rows: [HTTPRoute], labels further: [String] = [], help: String, basePath: String = "") {
        self.basePath = Array(basePath.utf8)
        self.rows = rows
        self.paths = rows.map { Array($0.path.utf8) }
        self.notFound = Problem(.notFound, "no such resource; \(help)")
        var labels: [String] = []
        for label in rows.map(\.label) + further where !labels.contains(label) { labels.append(label) }
        self.labelIndices = rows.map { row in labels.firstIndex(of: row.label) ?? labels.count }
        self.labels = labels + ["other"]
        self.folders = rows.indices.filter { rows[$0].isFolder }
    }

    /// Index of the row for a request's target.
    func row(_ bytes: Span<UInt8>, target: Range<Int>) -> Int? {
        let path = RequestTarget(bytes, target).path
        if let row = self.row(bytes, path: path) { return row }
        if self.basePath.isEmpty { return nil }
        let rest = path.dropFirst(self.basePath.count)
        guard let first = rest.first, bytes[first] == UInt8(ascii: "/"), bytes.equals(self.basePath, in: path.lowerBound..<first) else {
            return nil
        }
        return self.row(bytes, path: rest)
    }

    private func row(_ bytes: Span<UInt8>, path: Range<Int>) -> Int? {
        for index in self.paths.indices where bytes.equals(self.paths[index], in: path) { return index }
        return self.folders.first { index in bytes.equals(self.paths[index], in: path.prefix(self.paths[index].count)) }
    }

    /// Index of a row's label; of `other` if there is no row.
    func label(_ row: Int?) -> Int { row.map { self.labelIndices[$0] } ?? self.labels.count - 1 }

    func isForAnyHost(_ row: Int?) -> Bool { row.map { self.rows[$0].isForAnyHost } ?? false }

    func isForPages(_ row: Int?) -> Bool { row.map { self.rows[$0].isForPages } ?? true }

    func outcome(of request: HTTPRequest, _ context: LoopContext, _ cors: CORSPolicy) -> HTTPOutcome {
        guard let row = request.route else { return .respond(self.notFound.response) }
        let methods = self.rows[row].methods
        let method = request.head.method
        if method == .options {
            let origin = self.isForPages(row) ? request.head.originText : nil
            return .respond(cors.preflight(for: origin, isOwnPage: request.isFromOwnPage, methods: methods.allowed))
        }
        guard methods.allows(method) else { return .respond(Problem.methodNotAllowed(methods.allowed).response) }
        do throws(Problem) {
            return try self.rows[row].respond(request, context)
        } catch {
            return .respond(error.response)
        }
    }
}
