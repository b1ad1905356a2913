import NetworkAddresses
import SignalingCore
import SignalingWire

/// The names of keys in the engine. What one script touches has one hash tag, so that an engine of several machines keeps it together.
package struct EngineKeys: Sendable, Equatable {
    /// What begins all of them: several services can share an engine.
    package let prefix: String

    package init(prefix: String) { self.prefix = prefix }

    // MARK: - Codes

    /// `result` is what belongs to one request.
    func codes(result: String) -> [String] {
        let tag = "{\(self.prefix):codes}"
        return ["\(tag):live", "\(tag):counts", "\(tag):result:\(result)"] + (0..<3).map { "\(tag):holders:\($0)" }
            + Code.digitRange.flatMap { ["\(tag):by-end:\($0)", "\(tag):by-value:\($0)"] }
    }

    func guesses(of network: ClientPrefix) -> String { "{\(self.prefix):codes}:guesses:\(network.text)" }

    // MARK: - Rooms

    func room(_ id: RoomID) -> [String] {
        let tag = "{\(self.prefix):\(id.text)}"
        return [tag, "\(tag):A", "\(tag):B"]
    }

    // MARK: - Nodes

    func nodes(inboxOf node: NodeID) -> [String] {
        let tag = "{\(self.prefix):nodes}"
        return ["\(tag):all", "\(tag):leases", "\(tag):shared", "\(tag):inbox:\(node.text)"]
    }
}
