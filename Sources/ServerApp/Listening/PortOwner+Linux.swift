import ServerConfiguration
import SetupCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension PortOwner {
    /// Bytes of a table of sockets that are read: some 200,000 of them.
    private static let longestTable = 32 << 20
    /// Descriptors that are looked at, of all processes together.
    private static let mostDescriptors = 500_000

    /// The process that listens at a TCP port or has a UDP port; nil where that cannot be seen, as of other users' processes.
    static func find(_ port: Int, isTCP: Bool = true) -> PortOwner? {
        #if os(Linux)
        let tables = isTCP ? ["tcp", "tcp6"] : ["udp", "udp6"]
        let inodes = tables.flatMap { name -> [String] in
            guard let text = try? FileContents.read("/proc/net/\(name)", atMost: Self.longestTable) else { return [] }
            return SocketTable.inodes(ofPort: port, in: String(decoding: text, as: UTF8.self), isTCP: isTCP)
        }
        guard !inodes.isEmpty else { return nil }
        let targets = Set(inodes.map { "socket:[\($0)]" })
        var left = Self.mostDescriptors
        for process in Self.entries(of: "/proc") {
            guard let pid = Int(process), left > 0 else { continue }
            let folder = "/proc/\(pid)/fd"
            for descriptor in Self.entries(of: folder) {
                left -= 1
                if left > 0, targets.contains(Self.target(of: "\(folder)/\(descriptor)")) {
                    let name = (try? FileContents.read("/proc/\(pid)/comm", atMost: 256)) ?? []
                    return PortOwner(name: String(decoding: name, as: UTF8.self).trimmingSpaces(), pid: pid)
                }
            }
        }
        #endif
        return nil
    }

    #if os(Linux)
    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            // The name ends with a NUL within the field, and is copied before the next call.
            withUnsafeBytes(of: &entry.pointee.d_name) { name in
                names.append(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
            }
        }
        return names
    }

    private static func target(of link: String) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        let length = readlink(link, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    #endif
}
