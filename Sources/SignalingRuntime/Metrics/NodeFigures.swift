package import MetricsCore

/// What a server that is one of several shows of that, for the metrics.
package struct NodeFigures: Sendable {
    package var isEngineUp: Bool
    /// From the sending of a call to its reply, by script.
    package var engineSeconds: [(script: String, seconds: Histogram)]
    /// Rooms of which this node is home.
    package var rooms: Int
    /// Connections here whose rooms are elsewhere.
    package var passedOn: Int
    package var leasesLost: Int

    package init(isEngineUp: Bool, engineSeconds: [(script: String, seconds: Histogram)], rooms: Int, passedOn: Int, leasesLost: Int) {
        self.isEngineUp = isEngineUp
        self.engineSeconds = engineSeconds
        self.rooms = rooms
        self.passedOn = passedOn
        self.leasesLost = leasesLost
    }
}
