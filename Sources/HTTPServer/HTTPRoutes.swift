package import ByteStreams
import NIOCore

/// One row of the table of routes.
package struct HTTPRoute: Sendable {
    /// One that ends in a slash, and is more than that, stands for everything below it.
    package let path: String
    package let methods: HTTPMethods
    /// What the metrics and the log call it; several paths may share one.
    package let label: String
    /// Called on the connection's loop for each request with one of the methods.
    let respond: @Sendable (HTTPRequest, LoopContext) throws(Problem) -> HTTPOutcome

    package init(
        _ path: String, _ methods: HTTPMethods, label: String? = nil,
        respond: @escaping @Sendable (HTTPRequest, LoopContext) throws(Problem) -> HTTPOutcome
    ) {
        self.path = path
        self.methods = methods
        self.label = label ?? path
        self.respond = respond
    }

    /// A file, which is not sent to whoever has it already.
    package init(_ file: StaticFile, label: String) {
        let (whole, notModified) = (HTTPResponse.file(file), HTTPResponse.notModified(file))
        self.init(file.path, .page, label: label) { request, _ throws(Problem) in
            .respond(file.isKnown(to: request) ? notModified : whole)
        }
    }

    fileprivate var isFolder: Bool { self.path.utf8.count > 1 && self.path.utf8.last == UInt8(ascii: "/") }
}

/// The methods of a route. OPTIONS is one of every route: what it is told is the policy on origins.
package enum HTTPMethods: Sendable {
    /// GET and HEAD.
    case page
    case post
    /// GET with an upgrade.
    case upgrade

    func allows(_ method: RequestMethod) -> Bool {
        switch self {
        case .page: method == .get || method == .head
        case .post: method == .post
        case .upgrade: method == .get
        }
    }

    /// As the Allow field has them.
    package var allowed: String {
        switch self {
        case .page: "GET, HEAD, OPTIONS"
        case .post: "POST, OPTIONS"
        case .upgrade: "GET, OPTIONS"
        }
    }
}

/// What becomes of a request.
package enum HTTPOutcome {
    case respond(HTTPResponse)
    case upgrade(HTTPUpgrade)
}

/// A connection that becomes a WebSocket.
package struct HTTPUpgrade {
    let accept: WebSocketHandshake.Accept
    let key: UInt64
    let makeDriver: @Sendable (LoopContext) -> any StreamDriver
    let abandoned: @Sendable () -> Void

    /// - Parameters:
    ///   - key: Connections with equal keys are brought to the same loop, where the transport can.
    ///   - abandoned: Called in place of `makeDriver` where the connection is gone already.
    package init(
        _ accept: WebSocketHandshake.Accept, key: UInt64, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        abandoned: @escaping @Sendable () -> Void
    ) {
        self.accept = accept
        self.key = key
        self.makeDriver = makeDriver
        self.abandoned = abandoned
    }
}

/// The table of routes. The rows that are asked for most come first; of two with one path the first counts.
package struct HTTPRoutes: Sendable {
    package let rows: [HTTPRoute]
    private let notFound: Problem
    /// What requests are counted by: every label once, and at the end that of requests for what is not there.
    package let labels: [String]
    /// Where each row's label is among them.
    private let labelIndices: [Int]
    /// Rows for folders. They are few, or none, and are looked at after all others.
    private let folders: [Int]

    /// - Parameters:
    ///   - labels: Labels that are there even if no row has them, so that settings do not change which series the metrics have.
    ///   - help: Where to look instead, for whoever asks for something that is not there.
    package init(_ rows: [HTTPRoute], labels further: [String] = [], help: String) {
        self.rows = rows
        self.notFound = Problem(.notFound, "no such resource; \(help)")
        var labels: [String] = []
        for label in rows.map(\.label) + further where !labels.contains(label) { labels.append(label) }
        self.labelIndices = rows.map { row in labels.firstIndex(of: row.label) ?? labels.count }
        self.labels = labels + ["other"]
        self.folders = rows.indices.filter { rows[$0].isFolder }
    }

    /// The row that a request's target leads to.
    func row(_ bytes: Span<UInt8>, target: Range<Int>) -> Int? {
        let path = RequestTarget(bytes, target).path
        for index in self.rows.indices where bytes.equals(text: self.rows[index].path, in: path) { return index }
        return self.folders.first { index in
            let folder = self.rows[index].path
            return bytes.equals(text: folder, in: path.prefix(folder.utf8.count))
        }
    }

    /// Where a row's label is among all; nil is the row of what is not there.
    func label(_ row: Int?) -> Int { row.map { self.labelIndices[$0] } ?? self.labels.count - 1 }

    func outcome(of request: HTTPRequest, _ context: LoopContext, _ cors: CORSPolicy) -> HTTPOutcome {
        guard let row = request.route else { return .respond(self.notFound.response) }
        let methods = self.rows[row].methods
        let method = request.head.method
        if method == .options { return .respond(cors.preflight(for: request.head.originText, methods: methods.allowed)) }
        guard methods.allows(method) else { return .respond(Problem.methodNotAllowed(methods.allowed).response) }
        do throws(Problem) {
            return try self.rows[row].respond(request, context)
        } catch {
            return .respond(error.response)
        }
    }
}
