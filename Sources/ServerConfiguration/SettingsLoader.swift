import Configuration

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finds each setting in the flags, the environment, the file or its default, in that order, and checks it.
package enum SettingsLoader {
    /// - Parameters:
    ///   - flags: Values by variable name: `SettingFlags.given`.
    ///   - environment: Variables that are not settings are ignored.
    ///   - file: The file that `--config` named; without it, the environment's CONFIG_FILE counts.
    package static func load(
        flags: [String: String], environment: [String: String], file: String?
    ) throws(SettingsError) -> LoadedSettings {
        try Self.load(flags: flags, environment: environment, file: file, catalogue: SettingsCatalogue.all)
    }

    static func load(
        flags: [String: String], environment: [String: String], file: String?, catalogue: [any SettingRow]
    ) throws(SettingsError) -> LoadedSettings {
        let examined = Self.examine(flags: flags, environment: environment, file: file, catalogue: catalogue)
        guard examined.faults.isEmpty else { throw SettingsError(faults: examined.faults) }
        return examined.loaded
    }

    /// All that is wrong with the settings, and those that are right.
    package static func examine(
        flags: [String: String], environment: [String: String], file: String?, catalogue: [any SettingRow] = SettingsCatalogue.all
    ) -> ExaminedSettings {
        var sources = [
            Source(.flag, flags, catalogue: catalogue),
            Source(.environment, environment, catalogue: catalogue),
        ]
        var faults: [SettingsFault] = []
        var isFileRead = true
        if let path = file ?? environment[SettingsCatalogue.fileVariable], file != nil || !path.isEmpty {
            let contents = SettingsFile(path: path, catalogue: catalogue)
            faults = contents.faults
            isFileRead = contents.isRead
            sources.append(Source(.file(path), contents.values, catalogue: catalogue))
        }

        let isFileUnderstood = faults.isEmpty
        var settings = ServerSettings()
        var given: [String: GivenValue] = [:]
        var refused: Set<String> = []
        for setting in catalogue {
            guard let found = sources.lazy.compactMap({ $0.value(of: setting) }).first else { continue }
            if let reason = setting.assign(found.text, in: &settings) {
                faults.append(.badValue(of: setting, found, reason))
                refused.insert(setting.name)
            } else {
                given[setting.name] = found
            }
        }
        for setting in catalogue where given[setting.name] == nil { setting.follow(in: &settings) }
        let loaded = LoadedSettings(
            settings: settings,
            origins: catalogue.map { setting in
                LoadedSettings.Entry(
                    name: setting.name,
                    value: setting.shown(setting.text(in: settings)),
                    origin: given[setting.name]?.origin ?? .default)
            })
        // What lines would have set that were not understood, nobody knows.
        if isFileUnderstood { faults += CombinationRules(loaded, refused: refused).faults }
        return ExaminedSettings(
            loaded: loaded, faults: faults, refused: refused, isFileRead: isFileRead, isFileUnderstood: isFileUnderstood)
    }

    /// The process's variables that are settings; listing the others would need Foundation.
    package static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        for name in SettingsCatalogue.all.flatMap(\.names) + [SettingsCatalogue.fileVariable] {
            // The C string is copied at once, before anything could change the environment; nothing in the server changes it.
            if let text = getenv(name) { variables[name] = String(cString: text) }
        }
        return variables
    }
}

/// What came of looking at all settings.
package struct ExaminedSettings: Sendable {
    /// With the default of those that are refused.
    package let loaded: LoadedSettings
    package let faults: [SettingsFault]
    /// The variables whose values are refused.
    package let refused: Set<String>
    /// Whether the file that there may be could be read, and whether all of its lines were understood. Where not, what is not set might have
    /// been meant to be.
    package let isFileRead: Bool
    package let isFileUnderstood: Bool
}

private struct Source {
    let origin: SettingOrigin
    let provider: EnvironmentVariablesProvider

    init(_ origin: SettingOrigin, _ values: [String: String], catalogue: [any SettingRow]) {
        self.origin = origin
        let secrets = Set(catalogue.filter(\.isSecret).flatMap(\.names))
        self.provider = EnvironmentVariablesProvider(environmentVariables: values, secretsSpecifier: .specific(secrets))
    }

    /// An older name counts if this same source does not have the newer one.
    func value(of setting: any SettingRow) -> GivenValue? {
        for name in setting.names {
            guard let text = self.provider.text(of: name) else { continue }
            // To most tools that fill an environment, unset and empty are the same. A flag was typed, so an empty one is meant.
            if text.isEmpty, !setting.emptyIsValue, self.origin != .flag { continue }
            return GivenValue(name: name, text: text, origin: self.origin)
        }
        return nil
    }
}

extension EnvironmentVariablesProvider {
    fileprivate func text(of name: String) -> String? {
        // This throws for values that have to be converted; text needs no conversion.
        try? self.environmentValue(forName: name)
    }
}
