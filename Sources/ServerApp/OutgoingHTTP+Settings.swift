import OutgoingHTTP
import ServerConfiguration

extension OutgoingHTTP {
    /// Nil where no setting has this server make requests of others.
    static func needed(by settings: ServerSettings) throws(StartupError) -> OutgoingHTTP? {
        var isNeeded = settings.iceServersURL != nil || settings.authWebhookURL != nil
        if case .url = settings.authJWKS { isNeeded = true }
        guard isNeeded else { return nil }
        do {
            return try OutgoingHTTP(trusted: settings.tlsCAFile)
        } catch {
            throw StartupError(unusable: settings.tlsCAFile ?? "", of: "TLS_CA_FILE", "must be a file of PEM certificates that can be read")
        }
    }
}
