package import Logging
package import NIOCore
package import SignalingRuntime

/// What every HTTP connection shares.
package final class HTTPServices: Sendable {
    package let settings: HTTPSettings
    package let hub: Hub
    package let logger: Logger
    /// Makes the handler that takes an upgraded connection over.
    package let webSocket: @Sendable (ConnectionRequest, LoopContext) -> any ChannelHandler
    /// Log lines lost because nobody read the log.
    package let droppedLogLines: @Sendable () -> Int

    package init(
        settings: HTTPSettings, hub: Hub, logger: Logger,
        webSocket: @escaping @Sendable (ConnectionRequest, LoopContext) -> any ChannelHandler,
        droppedLogLines: @escaping @Sendable () -> Int
    ) {
        self.settings = settings
        self.hub = hub
        self.logger = logger
        self.webSocket = webSocket
        self.droppedLogLines = droppedLogLines
    }
}
