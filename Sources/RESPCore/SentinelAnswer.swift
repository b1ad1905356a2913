/// What a Sentinel says about where a primary is.
package enum SentinelAnswer: Equatable, Sendable {
    case primary(host: String, port: Int)
    /// It watches no primary of this name.
    case unknown
    /// A sentence on what went wrong.
    case failed(String)

    package static func question(about name: String) -> [RESPArgument] { ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", .text(name)] }

    package init(_ value: RESPValue) {
        switch value {
        case .null: self = .unknown
        case .error(let error): self = .failed("the Sentinel says: \(error)")
        case .array(let parts):
            guard parts.count == 2, let host = parts[0].text, let port = parts[1].text.flatMap({ Int($0) }),
                (1...253).contains(host.utf8.count), host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), (1...65_535).contains(port)
            else { fallthrough }
            self = .primary(host: host, port: port)
        default: self = .failed("the Sentinel's answer is no address")
        }
    }
}
