import ServerConfiguration
import SignalingCore
import SignalingRuntime

/// Finds the key that tokens are made with, or says in one line what is wrong with it.
enum TokenKey {
    /// The one that the settings give.
    static func given(_ settings: ServerSettings) throws(StartupError) -> [UInt8]? {
        if let key = settings.tokenKey { return key }
        guard let path = settings.tokenKeyFile else { return nil }
        let contents = try SettingFile.contents(of: "TOKEN_KEY_FILE", path, atMost: 4096)
        guard let key = decodedBase64(String(decoding: contents, as: UTF8.self)), key.count == SideTokens.keyLength else {
            throw StartupError(
                unusable: path, of: "TOKEN_KEY_FILE",
                "must hold \(SideTokens.keyLength) bytes in Base64, as `openssl rand -base64 \(SideTokens.keyLength)` prints them")
        }
        return key
    }

    /// The one that was drawn at the first start with this store: what clients were given before a restart is good after it. Without a store
    /// it is a new one.
    static func kept(_ store: KeptState?) throws(StartupError) -> [UInt8] {
        try store?.key(named: "token", draw: Self.drawn) ?? Self.drawn()
    }

    /// A key from the system's generator.
    static func drawn() -> [UInt8] {
        var random = RandomSource.system
        return (0..<SideTokens.keyLength / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
    }
}
