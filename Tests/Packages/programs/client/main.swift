import SignalingClient

// The client on a transport of the program's own, which reaches nobody.
struct Nowhere: SignalingTransport {
    struct Unreachable: Error {}

    func respond(to request: TransportRequest) async throws -> TransportResponse { throw Unreachable() }
    func openWebSocket(_ request: TransportRequest) async throws -> WebSocketOpening { throw Unreachable() }
}

let service = try SignalingService("http://127.0.0.1:1", transport: Nowhere())
var options = SignalingService.SessionOptions()
options.giveUpAfter = .zero
do {
    try await service.withSession(in: Room(appID: "00000000-0000-4000-8000-000000000000", side: .a), options: options) { session in
        try await session.send("hello")
    }
} catch let error as ClientError {
    print(error.code)
}
