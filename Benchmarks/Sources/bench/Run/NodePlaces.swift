import ArgumentParser
import RawLoad

/// To which of several servers a connection goes.
struct NodePlaces: Sendable {
    /// Where the two sides of a room connect. Side A comes first, so its node is the room's home.
    enum Sides: String, CaseIterable, ExpressibleByArgument {
        /// A at one node, B at the next: one of the two is passed on. Each node is home of its share of the rooms.
        case apart
        /// Both at the home.
        case together
        /// All A at the first node, which is home of all rooms; all B at the others.
        case gathered
    }

    let nodes: [ServerAddress]
    let sides: Sides

    init(_ nodes: [ServerAddress], _ sides: Sides) {
        precondition(!nodes.isEmpty)
        self.nodes = nodes
        self.sides = sides
    }

    /// A single server.
    init(_ server: ServerAddress) { self.init([server], .together) }

    func address(room: Int, side: Int) -> ServerAddress {
        switch self.sides {
        case .apart: self.nodes[(room + side) % self.nodes.count]
        case .together: self.nodes[room % self.nodes.count]
        case .gathered: side == 0 || self.nodes.count == 1 ? self.nodes[0] : self.nodes[1 + room % (self.nodes.count - 1)]
        }
    }
}
