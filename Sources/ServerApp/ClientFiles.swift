import ByteScan
import Crypto
import HTTPServer
import NIOCore

/// The JavaScript client as it is served: each file under its name; each script also under an address that names the bytes of all of
/// them, which caches may keep for good; and a manifest that says these addresses, with what browsers check scripts by.
struct ClientFiles {
    struct File {
        let name: String
        let body: ByteBuffer

        fileprivate var isScript: Bool { self.name.hasSuffix(".js") }
        fileprivate var isForPrograms: Bool { self.isScript || self.name.hasSuffix(".d.ts") }

        /// For Subresource Integrity.
        fileprivate var integrity: String {
            var hash = SHA384()
            hash.update(self.body)
            return "sha384-" + String(decoding: Base64Digit.standard.text(Array(hash.finalize())), as: UTF8.self)
        }
    }

    /// In the order of their names.
    private let files: [File]
    /// Of the scripts, since they import each other: 16 hexadecimal digits.
    private let hash: String

    init(_ files: [File]) {
        self.files = files.sorted { $0.name < $1.name }
        self.hash = Self.hash(of: self.files.filter(\.isScript))
    }

    var served: [StaticFile] {
        let manifest = File(name: "manifest.json", body: ByteBuffer(string: self.manifest))
        let named = (self.files + [manifest]).map { file in
            StaticFile(path: "/client/\(file.name)", name: file.name, audience: .anyPage, body: file.body)
        }
        return named
            + self.files.filter(\.isScript).map { file in
                StaticFile(path: self.lastingPath(of: file), name: file.name, audience: .anyPageForGood, body: file.body)
            }
    }

    /// The beginning of the SHA-256 of each script's name, its length in decimal digits and its bytes, with a line feed behind the first two.
    private static func hash(of scripts: [File]) -> String {
        var hash = SHA256()
        for script in scripts {
            hash.update(ByteBuffer(string: "\(script.name)\n\(script.body.readableBytes)\n"))
            hash.update(script.body)
        }
        return hash.finalize().prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func lastingPath(of script: File) -> String { "/client/\(self.hash)/\(script.name)" }

    /// Names are those of the project's own files: they need no escaping.
    private var manifest: String {
        let rows = self.files.filter(\.isForPrograms).map { file in
            let url = file.isScript ? self.lastingPath(of: file) : "/client/\(file.name)"
            return #"    "\#(file.name)": {"url": "\#(url)", "integrity": "\#(file.integrity)", "bytes": \#(file.body.readableBytes)}"#
        }
        return """
            {
              "version": "\(BuildVersion.current)",
              "hash": "\(self.hash)",
              "files": {
            \(rows.joined(separator: ",\n"))
              }
            }

            """
    }
}

extension HashFunction {
    fileprivate mutating func update(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { self.update(bufferPointer: $0) }
    }
}
