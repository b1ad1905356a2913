package import Logging
package import SignalingRuntime

/// What every HTTP connection shares.
package final class HTTPServices: Sendable {
    package let settings: HTTPSettings
    package let files: StaticFiles
    package let hub: Hub
    package let logger: Logger
    /// Makes the driver that takes an upgraded connection over.
    package let webSocket: @Sendable (ConnectionRequest, LoopContext) -> any StreamDriver
    /// Log lines lost because nobody read the log.
    package let droppedLogLines: @Sendable () -> Int

    package init(
        settings: HTTPSettings, files: StaticFiles = StaticFiles(), hub: Hub, logger: Logger,
        webSocket: @escaping @Sendable (ConnectionRequest, LoopContext) -> any StreamDriver,
        droppedLogLines: @escaping @Sendable () -> Int
    ) {
        self.settings = settings
        self.files = files
        self.hub = hub
        self.logger = logger
        self.webSocket = webSocket
        self.droppedLogLines = droppedLogLines
    }
}
