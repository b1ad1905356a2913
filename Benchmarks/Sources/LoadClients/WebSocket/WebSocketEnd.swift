/// How a WebSocket connection ended, as its client saw it.
package struct WebSocketEnd: Sendable, CustomStringConvertible {
    package enum Manner: Sendable, Equatable {
        /// The stream ended or broke without our doing.
        case lost(String)
        /// We ended it without a close frame.
        case cut
        case reset
        /// It was never connected.
        case failed(String)
        case refused(status: Int)
        case violation(String)
    }

    package var wasUpgraded: Bool
    /// Of the server's close frame; 1005 where that was empty; nil where there was none.
    package var code: Int?
    package var manner: Manner

    package var description: String {
        if case .violation(let what) = self.manner { return "the server broke the protocol: \(what)" }
        if let code = self.code { return "close \(code)" }
        return "\(self.manner)"
    }
}
