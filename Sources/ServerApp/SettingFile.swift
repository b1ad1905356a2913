import ServerConfiguration
import SetupCore

/// The contents of a file that a setting names.
enum SettingFile {
    static func contents(of variable: String, _ path: String, atMost limit: Int) throws(StartupError) -> [UInt8] {
        do {
            return try FileContents.read(path, atMost: limit)
        } catch {
            throw StartupError([.unreadable(variable, path, error.reason, isMissing: error.isMissing)])
        }
    }
}
