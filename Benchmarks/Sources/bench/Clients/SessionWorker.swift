import RawLoad

/// One pairing after the other: where the present one stands.
final class SessionWorker {
    enum Phase {
        case minting, redeeming, joining, talking, leaving
        /// To be begun again by the next tick, so that errors cannot spin.
        case failed
    }

    struct Peer {
        var connection: RawConnection?
        var isFull = false
        var candidates = 0
        var hasLeft = false
    }

    let index: Int
    /// Of the pairing that is under way, among all.
    var number = 0
    var phase = Phase.failed
    var begunAt: UInt64 = 0
    var offeredAt: UInt64 = 0
    var http: RawConnection?
    var appID: [UInt8] = []
    var peers = [Peer(), Peer()]
    var hasOffer = false
    var ended = 0

    init(index: Int) { self.index = index }

    func begin(_ number: Int, _ now: UInt64) {
        self.number = number
        self.phase = .minting
        self.begunAt = now
        self.http = nil
        self.peers = [Peer(), Peer()]
        self.hasOffer = false
        self.ended = 0
    }
}
