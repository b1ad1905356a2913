import RESPCore
import SQLiteStore
import ServerConfiguration
import SetupCore

/// What keeps codes and mailboxes: whether it can be used, and is sound.
enum StoreCheckup {
    private static let engineLimit = Duration.seconds(5)

    static func findings(_ settings: ServerSettings, besideServer: Bool) async -> [Finding] {
        switch settings.store {
        case .memory: []
        case .sqlite(let path): self.file(path, settings.store, besideServer)
        case .engine: await self.engine(settings)
        }
    }

    private static func file(_ path: String, _ place: StorePlace, _ isBesideServer: Bool) -> [Finding] {
        let given = "STORE=\(place.text)"
        do throws(StoreFault) {
            try SQLiteStore.checkOpening(path: path, besideItsServer: isBesideServer)
            guard SQLiteStore.exists(path: path) else {
                return [Finding(.info, .storeSound, "STORE", "\(given): is not there yet, and will be made at the start")]
            }
            let faults = try StoreCheck(path).faults
            if faults.isEmpty { return [Finding(.info, .storeSound, "STORE", "\(given): is sound, and may be written")] }
            return [
                Finding(
                    .fault, .storeUnsound, "STORE", "\(given): is damaged: \(faults[0])",
                    "move it away or restore a copy; `nt-backend-wrtc store check \(path)` says more")
            ]
        } catch {
            return KeptState.refusal(place, error).findings
        }
    }

    private static func engine(_ settings: ServerSettings) async -> [Finding] {
        let given = "STORE=\(settings.store.text)"
        do {
            guard let facts = try await NodeParts.look(settings, within: self.engineLimit) else { return [] }
            let role = facts.isPrimary ? "a primary" : "a replica"
            return [Finding(.info, .engineReady, "STORE", "\(given): \(facts.server) \(facts.version), \(role), does all that is needed")]
                + facts.warnings.map { Finding(.warning, .engineDoubtful, "STORE", "\(given): \($0)") }
        } catch let error as StartupError {
            return error.findings
        } catch {
            return [Finding(.fault, .engineUnreachable, "STORE", "\(given): \(error)")]
        }
    }
}
