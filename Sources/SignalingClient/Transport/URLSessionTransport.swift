// Neither compiled nor run by this project's CI, which has no Apple system: the rules that it serves are tested with the transport on
// swift-nio.

#if canImport(Darwin)
import Foundation

/// Requests and WebSockets on URLSession: with the system's proxies, certificates and power management.
///
/// A WebSocket's refusal tells its status alone, since URLSession hands over no body of it, so a session may say `origin_refused` where the
/// token is wrong.
public final class URLSessionTransport: NSObject, SignalingTransport {
    private let session: URLSession
    private let largestMessage: Int

    public init(configuration: URLSessionConfiguration = .ephemeral, largestMessage: Int = 16 << 20) {
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.httpShouldSetCookies = false
        // Time limits are the client's own. A session's WebSocket lives as long as it lives.
        configuration.timeoutIntervalForRequest = 60
        self.session = URLSession(configuration: configuration)
        self.largestMessage = largestMessage
    }

    deinit { self.session.invalidateAndCancel() }

    public func respond(to request: TransportRequest) async throws -> TransportResponse {
        let (bytes, response) = try await self.session.bytes(for: try Self.urlRequest(request, webSocket: false))
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        var body: [UInt8] = []
        for try await byte in bytes {
            guard body.count < TransportResponse.largestBody else { throw URLError(.dataLengthExceedsMaximum) }
            body.append(byte)
        }
        return TransportResponse(
            status: response.statusCode, retryAfter: response.value(forHTTPHeaderField: "Retry-After"), body: body)
    }

    public func openWebSocket(_ request: TransportRequest) async throws -> WebSocketOpening {
        let task = self.session.webSocketTask(with: try Self.urlRequest(request, webSocket: true))
        task.maximumMessageSize = self.largestMessage
        let opened = Opened()
        task.delegate = opened
        let socket = URLSessionSocket(task, delegate: opened)
        do {
            try await withTaskCancellationHandler {
                task.resume()
                try await opened.wait()
            } onCancel: {
                socket.abort()
            }
            return .open(socket)
        } catch {
            socket.abort()
            guard let response = task.response as? HTTPURLResponse, response.statusCode != 101 else { throw error }
            return .refused(
                TransportResponse(status: response.statusCode, retryAfter: response.value(forHTTPHeaderField: "Retry-After")))
        }
    }

    private static func urlRequest(_ request: TransportRequest, webSocket: Bool) throws -> URLRequest {
        let scheme = (webSocket ? "ws" : "http") + (request.address.isSecure ? "s" : "")
        guard let url = URL(string: "\(scheme)://\(request.address.authority)\(request.target)") else { throw URLError(.badURL) }
        var made = URLRequest(url: url)
        made.httpMethod = request.method
        for (name, value) in request.headers { made.setValue(value, forHTTPHeaderField: name) }
        if !request.body.isEmpty { made.httpBody = Data(request.body) }
        return made
    }
}

/// Waits for the handshake; whichever of its ends comes first counts.
private final class Opened: NSObject, URLSessionWebSocketDelegate {
    private let outcome = Locked<Result<Void, URLError>?>(nil)
    private let came = Signal()

    func wait() async throws {
        while true {
            if let outcome = self.outcome.withLock({ $0 }) { return try outcome.get() }
            await self.came.wait()
            try Task.checkCancellation()
        }
    }

    private func finish(_ outcome: Result<Void, URLError>) {
        self.outcome.withLock { $0 = $0 ?? outcome }
        self.came.notify()
    }

    func urlSession(_ session: URLSession, webSocketTask: URLSessionWebSocketTask, didOpenWithProtocol protocol: String?) {
        self.finish(.success(()))
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        self.finish(.failure(error as? URLError ?? URLError(.networkConnectionLost)))
    }
}

/// `receive` of a URLSessionWebSocketTask may go on waiting when its task is cancelled, and calls its handler when the WebSocket ends: so
/// cancelling ends the WebSocket. No pings are sent, since `sendPing` forgets its handler when the task is cancelled meanwhile; the session
/// asks with frames of its own. Pings of the server are answered by the system, and not told.
private final class URLSessionSocket: SignalingSocket {
    private let task: URLSessionWebSocketTask
    /// The task does not keep it.
    private let delegate: Opened

    init(_ task: URLSessionWebSocketTask, delegate: Opened) {
        self.task = task
        self.delegate = delegate
    }

    func receive() async throws -> SocketMessage {
        do {
            let message = try await withTaskCancellationHandler {
                try await self.task.receive()
            } onCancel: {
                self.task.cancel()
            }
            switch message {
            case .string(let text): return .data(Array(text.utf8))
            case .data(let data): return .data(Array(data))
            @unknown default: return .ping
            }
        } catch {
            try Task.checkCancellation()
            // Invalid, which is 0, where there was no close frame.
            let code = self.task.closeCode == .invalid ? 1006 : UInt16(clamping: self.task.closeCode.rawValue)
            return .closed(code: code, reason: String(decoding: self.task.closeReason ?? Data(), as: UTF8.self))
        }
    }

    func send(_ text: [UInt8]) async throws { try await self.task.send(.string(String(decoding: text, as: UTF8.self))) }

    func close(code: UInt16) async {
        // The system waits for the other end by itself, and for no longer than it sees fit.
        self.task.cancel(with: URLSessionWebSocketTask.CloseCode(rawValue: Int(code)) ?? .normalClosure, reason: nil)
    }

    func abort() { self.task.cancel(with: .normalClosure, reason: nil) }
}

extension SignalingService {
    /// A server, reached over URLSession.
    public static func overURLSession(_ url: String) throws(ClientError) -> SignalingService {
        try SignalingService(url, transport: URLSessionTransport())
    }
}
#endif
