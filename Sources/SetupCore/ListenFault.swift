/// Why there is no listening at an address.
package enum ListenFault: Sendable, Equatable {
    /// The host is a name, and has no address.
    case unknownHost(String)
    /// Somebody else has the port: which process, if that can be seen.
    case taken(by: PortOwner?)
    /// The user may not have ports so low.
    case privileged(firstFree: Int?)
    /// No interface of this machine has the address.
    case elsewhere
    case other(String)

    /// - Parameters:
    ///   - given: The settings that say where: `HOST=0.0.0.0 PORT=1234`.
    ///   - variables: That of the host, and that of the port.
    package func finding(_ given: String, variables: (host: String, port: String)) -> Finding {
        func fault(_ code: FindingCode, _ variable: String, _ what: String, _ advice: String) -> Finding {
            Finding(.fault, code, variable, "\(given): cannot listen there: \(what)", advice)
        }
        return switch self {
        case .unknownHost(let host):
            fault(
                .hostUnknown, variables.host, "\(host) has no address",
                "name an address of this machine, or 0.0.0.0 for all that it has")
        case .taken(let owner):
            fault(
                .portTaken, variables.port, "\(owner.map { "\($0.name) (pid \($0.pid))" } ?? "another process") has the port",
                "stop that one, or choose another port")
        case .privileged(let first):
            fault(
                .portPrivileged, variables.port, "the user may not have a port\(first.map { " below \($0)" } ?? " so low")",
                "choose a higher one, or give the server CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=)")
        case .elsewhere:
            fault(
                .listenFailed, variables.host, "this machine does not have the address",
                "name one that it has (`ip address`), or 0.0.0.0 for all")
        case .other(let reason): fault(.listenFailed, variables.host, reason, "choose another address")
        }
    }
}

extension ListenFault {
    /// The server goes on without: it answers no STUN requests until the port is free.
    package static func stunPortTaken(_ port: Int, by owner: PortOwner?) -> Finding {
        Finding(
            .warning, .stunPortTaken, "STUN_PORT",
            "STUN_PORT=\(port): \(owner.map { "\($0.name) (pid \($0.pid))" } ?? "another process") has the UDP port",
            "choose another, or 0 for none")
    }
}

/// The process that has a port.
package struct PortOwner: Sendable, Equatable {
    package let name: String
    package let pid: Int

    package init(name: String, pid: Int) {
        self.name = name
        self.pid = pid
    }
}
