import ByteStreams
import NIOCore
import ServerConfiguration
import SetupCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension ListenFault {
    /// What an attempt to listen ended with.
    init(_ error: any Error, port: Int) {
        switch error {
        case let error as SocketAddressError.UnknownHost: self = .unknownHost(error.host)
        case let error as SystemCallError where error.code == EADDRINUSE: self = .taken(by: PortOwner.find(port))
        case let error as SystemCallError where error.code == EACCES: self = .privileged(firstFree: Self.firstFreePort)
        case let error as SystemCallError where error.code == EADDRNOTAVAIL: self = .elsewhere
        default: self = .other("\(error)")
        }
    }

    /// Linux says it; nil elsewhere.
    private static var firstFreePort: Int? {
        let text = try? FileContents.read("/proc/sys/net/ipv4/ip_unprivileged_port_start", atMost: 16)
        return text.flatMap { Int(String(decoding: $0, as: UTF8.self).trimmingSpaces()) }
    }
}
