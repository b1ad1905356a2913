package import NetworkAddresses
package import SignalingCore
package import TimeKeeping

/// Where codes are minted and redeemed: in this process, or in an engine that several share.
package protocol CodePlace: AnyObject, Sendable {
    func mint(ttl: TimeSpan?, client: ClientAddress, _ loop: SignalingLoop) -> CodeService.MintResult

    /// Redeems a code, once. By the name of this attempt, if it has one, it may be repeated.
    func redeem(_ code: Code, _ id: RedeemID?, client: ClientAddress, _ loop: SignalingLoop) -> CodeService.RedeemResult

    /// What a code was redeemed for under this name lately; nil if it was not, or if only `redeem` can tell.
    func repetition(of code: Code, _ id: RedeemID, _ loop: SignalingLoop) -> CodeService.RedeemResult?

    /// Frees what has expired, a batch at a time; true while there may be more.
    func sweep(now: MonotonicTime) -> Bool

    /// Nil where others have codes there, too.
    func gauges(now: MonotonicTime) -> CodeService.Gauges?

    /// The process is about to end, and mints and redeems no more: codes that nothing keeps are lost.
    func processEnds(now: MonotonicTime)

    /// From now on one client may have so many live codes; 0: its share is all that limits it. What `ClientShares` counts is limited there.
    func change(cap: Int)

    /// How codes came to their ends here.
    var ended: CodesEnded { get }
}

/// How many codes are live no more, by how that came. Nil where this process does not learn it.
package struct CodesEnded: Sendable, Equatable {
    package var redeemed = 0
    package var expired: Int?
    /// They were live when the process ended, or this process could not have them.
    package var lost: Int?

    package init(redeemed: Int = 0, expired: Int? = nil, lost: Int? = nil) {
        self.redeemed = redeemed
        self.expired = expired
        self.lost = lost
    }
}
