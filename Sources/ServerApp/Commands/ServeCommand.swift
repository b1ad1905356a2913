import ArgumentParser
import ByteStreams
import Logging
import OperationCore
import ServerConfiguration
import ServerLogging
import ServiceLifecycle
import SetupCore
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the server (the default).")

    @OptionGroup(title: "Settings") var flags: SettingFlags

    @Option(
        name: .customLong("web-dir"),
        help: ArgumentHelp("Serve the client and the page from this folder (Web) instead of the built-in files.", valueName: "folder"))
    var webFolder: String?

    func run() async throws {
        let settings = try self.flags.load().settings
        let webFolder = try self.webFolder.map { path throws(CommandFailure) in
            guard let folder = WebFolder(path) else {
                throw CommandFailure(
                    "--web-dir \(path): must be the folder Web of the sources, with client/signaling.js and demo/index.html")
            }
            return folder
        }
        let sink = LogSink()
        let threshold = LogThreshold(.init(settings.logLevel))
        let logger = makeLogger(label: "nt-backend-wrtc", format: .init(settings.logFormat), threshold: threshold, sink: sink)
        defer { _ = sink.close(timeout: .seconds(2)) }
        // Before the server logs that it listens: a program that waits for that line may stop the server at once.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let server: SignalingServer
        do {
            server = try await SignalingServer(
                settings: settings, webFolder: webFolder, inherited: try InheritedListener.find(), manager: ServiceManager(),
                logger: logger,
                threshold: threshold, droppedLogLines: { sink.droppedLines })
        } catch let error as StartupError {
            throw CommandFailure(lines: error.findings.map(\.line))
        }
        // The lifecycle library's own log would repeat the server's lines.
        let quiet = Logger(label: "lifecycle", factory: { _ in SwiftLogNoOpLogHandler() })
        // A server ends by itself when another has taken over from it.
        let service = ServiceGroupConfiguration.ServiceConfiguration(
            service: server, successTerminationBehavior: .gracefullyShutdownGroup)
        let group = ServiceGroup(configuration: .init(services: [service], logger: quiet))
        let flags = self.flags
        let watcher = Task {
            await Self.obey(signals, sink: sink, logger: logger) {
                await group.triggerGracefulShutdown()
            } reload: {
                await server.reloader.reload { try flags.load().settings }
            }
        }
        defer { watcher.cancel() }
        try await group.run()
    }

    /// Carries out what `SignalRules` say.
    private static func obey(
        _ signals: UnixSignalsSequence, sink: LogSink, logger: Logger, stop: @Sendable () async -> Void, reload: @Sendable () async -> Void
    ) async {
        var rules = SignalRules()
        let clock = ServerClock.system
        for await signal in signals {
            let kind: SignalRules.Signal = signal == .sighup ? .hangUp(isTerminalGone: sink.hasLostTerminal) : .stop
            switch rules.received(kind, at: clock.now()) {
            case .stop: await stop()
            case .reload: await reload()
            case .endAtOnce:
                logger.warning("second signal: stopping at once", metadata: ["signal": "\(signal)"])
                _ = sink.close(timeout: .seconds(1))
                endProcess(signal)
            case .nothing: break
            }
        }
    }
}

extension LogLineFormat {
    init(_ format: ServerConfiguration.LogFormat) {
        switch format {
        case .auto: self = .auto
        case .text: self = .text
        case .json: self = .json
        }
    }
}

extension Logger.Level {
    init(_ level: ServerConfiguration.LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
