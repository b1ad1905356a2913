/// Requests to a server, and what its refusals mean.
package struct ServerQuestions: Sendable {
    static let limit = Duration.seconds(15)

    let transport: any SignalingTransport
    let address: ServerAddress
    let surroundings: Surroundings

    func request(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [], limit: Duration = Self.limit
    ) async throws(ClientError) -> TransportResponse {
        let request = TransportRequest(
            method: method, address: self.address, target: self.address.path + path, headers: headers, body: body)
        let late = ClientError(.serverUnreachable, "no answer from \(self.address.authority) within \(limit)")
        do {
            return try await self.surroundings.within(limit, timedOut: late) { try await self.transport.respond(to: request) }
        } catch {
            throw Self.unreachable(request, error)
        }
    }

    /// The answer, or why there was none, was lost on the way.
    static func unreachable(_ request: TransportRequest, _ error: any Error) -> ClientError {
        if let error = error as? ClientError { return error }
        if error is CancellationError || Task.isCancelled { return .cancelled }
        return ClientError(.serverUnreachable, "no answer from \(request.address.authority): \(error)")
    }

    /// The error for a response; `codes` has the code of each status that is expected.
    package static func refusal(_ response: TransportResponse, _ codes: [Int: ClientError.Code]) -> ClientError {
        let problem = Self.problem(response)
        let words = problem.detail ?? problem.title ?? "no reason"
        return ClientError(
            codes[response.status] ?? .serverError, "\(response.status): \(words)", retryAfter: Self.patience(response.retryAfter),
            problem: problem)
    }

    static func problem(_ response: TransportResponse) -> Problem {
        struct Body: Decodable {
            var title: String?
            var detail: String?
        }
        let body = try? JSONText.decode(Body.self, from: response.body)
        return Problem(status: response.status, title: body?.title, detail: body?.detail)
    }

    private static func patience(_ field: String?) -> Duration? {
        guard let field, field.utf8.count <= 9, let seconds = UInt32(field) else { return nil }
        return Backoff.patience(.seconds(Int64(seconds)))
    }

    /// Why an upgrade was refused.
    func whyNoWebSocket(_ response: TransportResponse) async -> ClientError {
        let detail = Self.problem(response).detail ?? ""
        var codes: [Int: ClientError.Code] = [
            400: .roomInvalid,
            403: detail.contains("token") ? .tokenRefused : .originRefused,
            426: .upgradeRefused,
            429: .rateLimited,
        ]
        if response.status == 503 { codes[503] = await self.isReady() ? .serverFull : .serverDraining }
        return Self.refusal(response, codes)
    }

    /// Tells a server that is full from one that is shutting down: both refuse with 503.
    func isReady() async -> Bool {
        do {
            return try await self.request("GET", "/readyz", limit: .seconds(5)).status == 200
        } catch {
            return false
        }
    }
}
