package import ByteStreams
package import HTTPServer
import NIOCore

/// A request for an upgrade that belongs to another node: it is sent there, and what comes back is passed on. Used on its loop only.
///
/// The client's connection waits meanwhile, as for any late response. If the home grants the upgrade, both streams become a `PassThrough`;
/// what the client has sent behind its request goes along.
package final class PassedUpgrade: DeferredResponse {
    /// Told what came of it, once. Where the client waits and has no connection, the result is what becomes of its request; nil for
    /// `HomeOutcome.response`.
    package typealias Judge = (HomeOutcome) -> HTTPOutcome?

    private let home: HomeNode
    private let connecting: HomeConnecting
    private let context: LoopContext
    private let settings: PassThroughSettings
    private let whenOver: (PassThrough.Summary) -> Void
    private var judge: Judge?
    private var response: LateResponse?

    /// - Parameters:
    ///   - sender: The name of this node among the nodes.
    ///   - request: One that `WebSocketHandshake.accept` accepts.
    ///   - whenOver: Called once if the outcome is `connected`, when that is over.
    package init(
        _ request: HTTPRequest, by sender: String, to home: HomeNode, _ credentials: NodeCredentials, _ settings: PassThroughSettings,
        _ context: LoopContext,
        judge: @escaping Judge = { _ in nil }, whenOver: @escaping (PassThrough.Summary) -> Void = { _ in }
    ) {
        let passed = PassedRequest.bytes(of: request.head, client: request.client, by: sender, to: home.name, credentials)
        self.home = home
        self.connecting = HomeConnecting(home, request: passed, settings, context)
        self.context = context
        self.settings = settings
        self.judge = judge
        self.whenOver = whenOver
    }

    package func begin(_ response: LateResponse) {
        self.response = response
        // Until then the two hold each other.
        self.connecting.begin { result in
            switch result {
            case .granted(let stream, let head, let rest): self.connect(stream, head, rest)
            case .failed(let outcome): self.respond(outcome)
            }
        }
    }

    package func cancelled() {
        self.connecting.cancel()
        self.response = nil
        _ = self.judge.take()?(.clientLeft)
    }

    /// A connection that would have to end at once is better made elsewhere.
    package func hurry() {
        self.connecting.cancel()
        self.respond(.draining)
    }

    private func respond(_ outcome: HomeOutcome) {
        let chosen = self.judge.take()?(outcome)
        self.response.take()?.respond(chosen ?? .respond(outcome.response))
    }

    private func connect(_ stream: any ByteStream, _ head: ByteBuffer, _ rest: ByteBuffer) {
        _ = self.judge.take()?(.connected)
        let passThrough = PassThrough(to: self.home.place, context: self.context, settings: self.settings, whenOver: self.whenOver)
        stream.handOver(key: nil, unread: rest) { _ in passThrough.driver(for: .home) }
        self.response.take()?.respond(
            .upgrade(
                HTTPUpgrade(
                    passingOn: head, makeDriver: { _ in passThrough.driver(for: .client) }, abandoned: { passThrough.abort() })))
    }
}
