import AccessRuntime
import ChannelTransport
import HTTPServer
import Logging
import OperationCore
package import ServerConfiguration
import ServerLogging
import SignalingHTTP
import SignalingRuntime

/// Has a running server go by settings and files that have changed: by all of them when it is told to, by its certificate as soon as that
/// was renewed. What is wrong with any of them leaves all as it was.
package actor Reloader {
    /// What goes by them.
    struct Parts: Sendable {
        let signaling: Signaling
        let cors: CORSPolicy
        let access: AccessControl?
        let tls: ServerTLS?
        /// The limit on open files, which bounds MAX_CONNECTIONS.
        let openFiles: Int
        let threshold: LogThreshold
    }

    private var settings: ServerSettings
    private var files: FileStamps
    private var watch: CertificateWatch<[FileStamp?]>
    private let parts: Parts
    private let figures: ReloadFigures
    private let manager: ServiceManager?
    private let logger: Logger

    /// A look costs two calls of `stat`. That, and not inotify on a folder: what the path leads to may change in any folder on the way, as
    /// certbot swaps a link, Kubernetes one further up, and others the file itself; and a network's file system tells of nothing.
    private static let pause = Duration.seconds(3)

    /// - Parameter files: As they were before the parts were made of them.
    init(
        _ settings: ServerSettings, _ files: FileStamps, _ parts: Parts, _ figures: ReloadFigures, _ manager: ServiceManager?,
        logger: Logger
    ) {
        self.settings = settings
        self.files = files
        self.watch = CertificateWatch(served: files.certificate)
        self.parts = parts
        self.figures = figures
        self.manager = manager
        self.logger = logger
    }

    // MARK: - All settings

    package func reload(_ read: @Sendable () throws -> ServerSettings) {
        // It is as ready as before, whatever comes of it.
        self.manager?.reloading()
        defer { self.manager?.ready() }
        do {
            let change = SettingsChange(running: self.settings, read: try read())
            // Before they are read: what changes meanwhile is seen at the next look.
            let files = FileStamps(change.settings)
            let made = try Made(change.settings, self.parts, self.logger)
            self.apply(change, files, made)
        } catch {
            self.figures.count(.failed)
            self.logger.error("cannot reload: all stays as it was", metadata: ["reason": "\(error)"])
        }
    }

    /// What is made of new settings before any of them is in force.
    private struct Made {
        let identity: ServerIdentity?
        let access: AccessSetup?
        let turn: ICEServers.TURN?

        init(_ settings: ServerSettings, _ parts: Parts, _ logger: Logger) throws(StartupError) {
            self.identity = try TLSSetup.identity(settings)
            self.access = try AccessSetup(settings)
            self.turn = try ICEParts.turn(settings, logger)
        }
    }

    /// Nothing of it fails.
    private func apply(_ change: SettingsChange, _ files: FileStamps, _ made: Made) {
        let settings = change.settings
        let renewed = files.changed(since: self.files).filter { name in !change.taken.contains { $0.hasPrefix(name + "=") } }
        (self.settings, self.files) = (settings, files)
        if let identity = made.identity { self.serve(identity) }
        self.watch = CertificateWatch(served: files.certificate)
        if let access = made.access { self.parts.access.map { access.renew($0) } }
        self.parts.signaling.ice.change(listed: settings.iceServers, turn: made.turn)
        let connections = ConnectionLimits.derived(fromOpenFiles: self.parts.openFiles, configured: settings.maxConnections)
        self.parts.signaling.change(limits: .init(settings), bounds: .init(settings, connections))
        self.parts.cors.change(dev: settings.dev, allowed: settings.corsOrigins)
        self.figures.count(.ok)
        // The one line is to be seen if either level has it.
        let level = Logger.Level(settings.logLevel)
        self.parts.threshold.level = min(level, self.parts.threshold.level)
        self.log(change, renewed)
        self.parts.threshold.level = level
    }

    private func log(_ change: SettingsChange, _ renewed: [String]) {
        var metadata: Logger.Metadata = [:]
        for (key, names) in [("settings", change.taken), ("files", renewed), ("wait_for_restart", change.waiting)] where !names.isEmpty {
            metadata[key] = "\(names.joined(separator: ", "))"
        }
        self.logger.notice(metadata.isEmpty ? "reloaded: nothing has changed" : "reloaded", metadata: metadata)
    }

    // MARK: - The certificate

    /// Looks for as long as the task lives.
    func watchCertificate() async {
        while (try? await Task.sleep(for: Self.pause)) != nil { self.look() }
    }

    package func look() {
        let seen = FileStamps(self.settings)
        guard self.parts.tls != nil, self.watch.isWorthReading(seen.certificate) else { return }
        var complaint: String?
        do throws(StartupError) {
            if let identity = try TLSSetup.identity(self.settings) { self.serve(identity) }
        } catch {
            complaint = error.description
        }
        switch self.watch.wasRead(seen.certificate, complaint: complaint) {
        case .renewed:
            self.files.takeCertificate(of: seen)
            self.figures.count(.ok)
            self.logger.notice("the certificate was renewed", metadata: ["file": "\(self.settings.tlsCertificateFile ?? "")"])
        case .cannotBeUsed(let reason):
            self.figures.count(.failed)
            self.logger.error(
                "the certificate's files have changed and cannot be used: serving the old one, and trying again",
                metadata: ["reason": "\(reason)"])
        case .nothing: break
        }
    }

    private func serve(_ identity: ServerIdentity) {
        self.parts.tls?.change(to: identity.context)
        self.figures.serves(certificateUntil: identity.notAfter)
    }
}
