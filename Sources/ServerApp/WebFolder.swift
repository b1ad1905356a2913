import HTTPServer
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The folder `Web` on disk, for whoever is changing its files: each is read when it is asked for. It blocks the event loop meanwhile.
package struct WebFolder: Sendable {
    private let root: String

    /// Nil where the folder does not hold what is to be served.
    init?(_ root: String) {
        self.root = root
        guard access(root + "/client/signaling.js", R_OK) == 0, access(root + "/demo/index.html", R_OK) == 0 else { return nil }
    }

    /// In place of the embedded files. The client is served as its modules, which import each other.
    func routes(demo: Bool, basePath: String) -> [HTTPRoute] {
        let client = self.folder("/client/", .anyPage, basePath, label: ServedFiles.clientLabel)
        let interface = ["/openapi.yaml", "/asyncapi.yaml"].map { path in
            HTTPRoute(path, .page, label: ServedFiles.interfaceLabel) { request, _ throws(Problem) in
                try self.respond(to: request, "/interface" + path, .anyPage)
            }
        }
        guard demo else { return [client] + interface }
        let page = HTTPRoute("/", .page, label: ServedFiles.demoLabel) { request, _ throws(Problem) in
            try self.respond(to: request, "/demo/index.html", .ownPage)
        }
        return [client] + interface + [page, self.folder("/demo/", .ownPage, basePath, label: ServedFiles.demoLabel)]
    }

    private func folder(_ path: String, _ audience: StaticFile.Audience, _ basePath: String, label: String) -> HTTPRoute {
        HTTPRoute(path, .page, label: label) { request, _ throws(Problem) in
            let asked = request.path
            let isBelow = !asked.hasPrefix(path)
            return try self.respond(to: request, isBelow ? String(asked.dropFirst(basePath.count)) : asked, audience)
        }
    }

    private func respond(to request: HTTPRequest, _ path: String, _ audience: StaticFile.Audience) throws(Problem) -> HTTPOutcome {
        guard Self.isPlain(path), let body = Self.read(self.root + path) else {
            throw Problem(.notFound, "there is no such file in \(self.root)")
        }
        let name = String(path.split(separator: "/").last ?? "")
        let file = StaticFile(path: path, name: name, audience: audience, body: body)
        return .respond(file.isKnown(to: request) ? .notModified(file) : .file(file))
    }

    /// Letters, digits, dots, dashes and slashes, and no way out of the folder.
    private static func isPlain(_ path: String) -> Bool {
        let isSpelled = path.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"): true
            default: false
            }
        }
        return isSpelled && !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }

    private static func read(_ path: String) -> ByteBuffer? {
        // A folder can be opened, too; reading from it fails.
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var body = ByteBuffer()
        while true {
            var count = 0
            body.writeWithUnsafeMutableBytes(minimumWritableBytes: 65_536) { target in
                // The target has at least as many bytes as were asked for, and fread writes no more than it is told.
                count = fread(target.baseAddress, 1, target.count, file)
                return count
            }
            guard count > 0 else { break }
        }
        return ferror(file) == 0 ? body : nil
    }
}
