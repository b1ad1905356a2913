import NIOCore
import NIOHTTP1
import SignalingClient

/// Puts a response together, and hands it over when it is whole.
final class ResponseCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    struct Failure: Error, CustomStringConvertible { var description: String }

    private let done: (Result<TransportResponse, any Error>) -> Void
    private var response: TransportResponse?

    /// `done` may be called more than once; the first call counts.
    init(_ done: @escaping (Result<TransportResponse, any Error>) -> Void) { self.done = done }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.response = TransportResponse(status: Int(head.status.code), retryAfter: head.headers.first(name: "Retry-After"))
        case .body(let bytes):
            guard let size = self.response?.body.count, size + bytes.readableBytes <= TransportResponse.largestBody else {
                return self.fail(Failure(description: "the response has more than \(TransportResponse.largestBody) bytes"), context)
            }
            self.response?.body.append(contentsOf: bytes.readableBytesView)
        case .end:
            guard let response = self.response else { return }
            self.done(.success(response))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.fail(error, context) }

    func channelInactive(context: ChannelHandlerContext) {
        self.done(.failure(Failure(description: "the connection ended before the response did")))
        context.fireChannelInactive()
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        self.done(.failure(error))
        context.close(promise: nil)
    }
}
