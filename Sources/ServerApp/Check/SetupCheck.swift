import ByteStreams
import NIOCore
import STUNServer
import ServerConfiguration
import SetupCore
import SignalingRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Looks at settings and machine as the start does, at all of it, and then at what a start does not look at.
struct SetupCheck: Sendable {
    private let examined: ExaminedSettings
    private let settings: ServerSettings
    /// What a running server has is not to be asked for.
    private let isBesideServer: Bool

    init(_ examined: ExaminedSettings, besideServer: Bool) {
        self.examined = examined
        self.settings = examined.loaded.settings
        // With HANDOVER the next server is given what this one has.
        let isHandedOver = examined.loaded.settings.handover.map { access($0, F_OK) == 0 } ?? false
        self.isBesideServer = besideServer || isHandedOver
    }

    func findings() async -> [Finding] {
        let refusals = self.examined.faults.map { Finding(.fault, .settingRefused, $0.subject, $0.given, $0.reason, joint: ": ") }
        // What it would have set, nobody knows: the rest would be of other settings.
        guard self.examined.isFileRead else { return refusals }
        async let store = StoreCheckup.findings(self.settings, besideServer: self.isBesideServer)
        async let others = OtherServers.findings(self.settings)
        let here = self.combinations() + SecretFiles.findings(self.examined.loaded) + self.tls() + self.machine()
        let found = await here + store + others
        return refusals + found.filter { self.isKnown($0.subject) }
    }

    /// Nothing is said of a variable whose value is refused, as it is looked at as if it were not set.
    private func isKnown(_ variable: String) -> Bool { !self.examined.refused.contains(variable) }

    private func combinations() -> [Finding] {
        guard self.examined.isFileUnderstood else { return [] }
        let address = try? SocketAddress.makeAddressResolvingHost(self.settings.host, port: self.settings.port)
        let unsafe = UnsafeSettings.findings(self.settings, listeningOn: address)
        let isForOwnPage = self.settings.demo && !self.settings.allowedHosts.isEmpty
        guard !self.settings.dev, self.settings.corsOrigins.isEmpty, !isForOwnPage, !unsafe.contains(where: { $0.code == .pageCutOff })
        else { return unsafe }
        let what = "with DEV=false and no CORS_ORIGINS no web page of another origin may use the server"
        return unsafe + [Finding(.warning, .noOrigins, "CORS_ORIGINS", what, "set CORS_ORIGINS to the pages that may")]
    }

    private func tls() -> [Finding] {
        guard let files = TLSFiles(self.settings) else { return [] }
        let roots = TrustedRoots.names(besides: self.settings.tlsCAFile)
        let chain = ChainRules(files.facts, roots: roots, now: Int64(ServerClock.system.unixSeconds()), day: Day.text)
        let faults = files.facts.faults
        // Where the server's own certificate is not the first, the rules would be about somebody else's.
        return faults.contains { $0.code == .tlsOrder } ? faults : faults + chain.findings
    }

    private func machine() -> [Finding] {
        var findings: [Finding] = []
        if !self.isBesideServer {
            if self.isKnown("HOST"), self.isKnown("PORT") {
                findings += StartupError.findings { () throws(StartupError) in try Listeners.clients(self.settings).close() }
                findings += self.stun()
            }
            findings += StartupError.findings { () throws(StartupError) in try Listeners.operations(self.settings)?.close() }
        }
        let limit = OpenFileLimit.raise()
        let possible = ConnectionLimits.derived(fromOpenFiles: limit, configured: 0).webSockets
        return findings + [DescriptorRules.finding(asked: self.settings.maxConnections, possible: possible, limit: limit)]
    }

    /// A start goes on without it, and tries again.
    private func stun() -> [Finding] {
        let port = self.settings.stunPort
        guard port > 0, let address = try? SocketAddress.makeAddressResolvingHost(self.settings.host, port: port) else { return [] }
        do {
            try STUNSocket(address).close()
            return []
        } catch {
            guard error.code == EADDRINUSE else { return [] }
            return [ListenFault.stunPortTaken(port, by: PortOwner.find(port, isTCP: false))]
        }
    }
}

extension StartupError {
    /// What an attempt to do a part of the start ends with.
    static func findings(_ attempt: () throws(StartupError) -> Void) -> [Finding] {
        do throws(StartupError) {
            try attempt()
            return []
        } catch {
            return error.findings
        }
    }
}
