import ByteScan
import HTTPServer
import NIOCore
import ServerConfiguration
import WebFiles

/// Which of the embedded files are served, and where: the client library and the description of the interface always, the page if the
/// operator has turned it on.
enum ServedFiles {
    /// By the labels that the metrics have for them.
    static func embedded(demo: Bool) -> [(label: String, files: [StaticFile])] {
        [(Self.clientLabel, Self.client), (Self.demoLabel, demo ? Self.demo : []), (Self.interfaceLabel, Self.interface)]
    }

    /// For a server that reads its files from disk: the same labels, and no file.
    static var none: [(label: String, files: [StaticFile])] { [Self.clientLabel, Self.demoLabel, Self.interfaceLabel].map { ($0, []) } }

    static let clientLabel = "client"
    static let demoLabel = "demo"
    static let interfaceLabel = "interface"

    // Made once: hashing them takes a moment, and tests start many servers.
    private static let client = ClientFiles(
        WebFile.all.filter { $0.folder == .client }.map { ClientFiles.File(name: $0.name, body: $0.body) }
    ).served

    private static let demo = WebFile.all.filter { $0.folder == .demo }.map { file in
        StaticFile(path: file.name == "index.html" ? "/" : "/demo/\(file.name)", name: file.name, audience: .ownPage, body: file.body)
    }

    /// The page names its parts by where they lie from the page, so it is in one place alone. The addresses are relative, as a proxy may
    /// have taken something off the path.
    static func redirects(_ settings: ServerSettings) -> [HTTPRoute] {
        let page = HTTPRoute.redirect("/demo/index.html", to: "../", label: Self.demoLabel)
        guard let name = settings.basePath.split(separator: "/").last else { return [page] }
        return [page, HTTPRoute.redirect(settings.basePath, to: "\(name)/", label: Self.demoLabel)]
    }

    /// openapi.yaml and asyncapi.yaml, which tools on pages of any origin may read.
    private static let interface = WebFile.all.filter { $0.folder == .interface }.map { file in
        StaticFile(path: "/\(file.name)", name: file.name, audience: .anyPage, body: file.body)
    }
}

extension WebFile {
    fileprivate var body: ByteBuffer {
        guard self.isBase64 else { return ByteBuffer(staticString: self.text) }
        // The build wrote it: digits and nothing else. Tests compare each file with the repository's.
        return ByteBuffer(bytes: Base64Digit.standard.bytes(ByteBuffer(staticString: self.text).readableBytesView) ?? [])
    }
}
