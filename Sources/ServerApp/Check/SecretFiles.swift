import ServerConfiguration
import SetupCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The files that settings name: whether they hold what they should, and who may read secrets.
enum SecretFiles {
    static func findings(_ loaded: LoadedSettings) -> [Finding] {
        let settings = loaded.settings
        var findings = StartupError.findings { () throws(StartupError) in _ = try TokenKey.given(settings) }
        do throws(StartupError) {
            if let short = try ICEParts.turnSecret(settings).flatMap(ICEParts.finding(ofSecret:)) { findings.append(short) }
        } catch {
            findings += error.findings
        }
        findings += AccessSetup.faults(settings).flatMap(\.findings)
        if settings.tlsCAFile != nil {
            findings += StartupError.findings { () throws(StartupError) in _ = try OutgoingTLS(settings) }
        }
        return findings + self.holders(loaded).compactMap { self.readers(of: $0.variable, $0.path) }
    }

    /// The files with something secret in them.
    private static func holders(_ loaded: LoadedSettings) -> [(variable: String, path: String)] {
        let settings = loaded.settings
        var files = [
            ("TLS_KEY_FILE", settings.tlsKeyFile), ("TOKEN_KEY_FILE", settings.tokenKeyFile), ("TURN_SECRET_FILE", settings.turnSecretFile),
            ("AUTH_JWT_SECRET_FILE", settings.authJWTSecretFile),
        ]
        if case .sqlite(let path) = settings.store { files.append(("STORE", path)) }
        for entry in loaded.origins {
            guard case .file(let path) = entry.origin, entry.holdsSecret else { continue }
            files.append((SettingsCatalogue.fileVariable, path))
            break
        }
        return files.compactMap { variable, path in path.map { (variable, $0) } }
    }

    private static func readers(of variable: String, _ path: String) -> Finding? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        // What these return is the C library's, and is copied before the next call.
        let owner = getpwuid(status.st_uid).flatMap { $0.pointee.pw_name.map { String(cString: $0) } }
        let group = getgrgid(status.st_gid).flatMap { $0.pointee.gr_name.map { String(cString: $0) } }
        return FileReaders(
            variable: variable, path: path, mode: Int(status.st_mode), owner: owner ?? "\(status.st_uid)",
            group: group ?? "\(status.st_gid)"
        ).finding
    }
}

extension LoadedSettings.Entry {
    /// A password may be in the store's address.
    fileprivate var holdsSecret: Bool {
        SettingsCatalogue[self.name]?.isSecret == true && !self.value.isEmpty || self.name == "STORE" && self.value.contains("***@")
    }
}
