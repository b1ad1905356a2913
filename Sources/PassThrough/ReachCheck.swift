package import ByteStreams
import HTTPServer
import NIOCore

/// Asks a node whether it can be reached, as a connection that belongs to it would reach it. Used on its loop only.
package final class ReachCheck {
    private let connecting: HomeConnecting

    package init(
        by sender: String, _ home: HomeNode, _ credentials: NodeCredentials, _ settings: PassThroughSettings, _ context: LoopContext
    ) {
        self.connecting = HomeConnecting(home, request: PassedRequest.question(by: sender, to: home, credentials), settings, context)
    }

    /// What a node responds with that nothing else is asked of.
    private static let reached = HTTPStatus.noContent.code

    package enum Outcome: Sendable, Equatable {
        case reached
        /// Something responds there, and it is not this node.
        case another(String)
        case silent(String)
    }

    /// `done` is called once, not from within.
    package func begin(_ done: @escaping (Outcome) -> Void) {
        self.connecting.begin { result in
            switch result {
            case .granted(let stream, _, _):
                stream.abort()
                done(.another("what responds there is no node"))
            // It is there, though it may serve no host of this name.
            case .failed(.garbled(.status(Self.reached))): done(.reached)
            case .failed(.refused(let refusal)) where refusal.status == .misdirectedRequest: done(.reached)
            case .failed(.refused(let refusal)) where refusal.status == .forbidden: done(.another("another node responds there"))
            case .failed(.refused(let refusal)): done(.another("it responds with \(refusal.status.code)"))
            case .failed(.unreachable(let error)): done(.silent("\(error)"))
            case .failed(.tooSlow): done(.silent("it does not respond in time"))
            case .failed(.garbled(let fault)): done(.another("what responds there does not speak HTTP: \(fault)"))
            case .failed(.connected), .failed(.clientLeft), .failed(.draining): break
            }
        }
    }
}
