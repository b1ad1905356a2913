import EngineScripts
import NIOCore
import NetworkAddresses
import NodeRuntime
import NodeServer
import RESPCore
import SignalingCore
import SignalingRuntime
import SignalingSimulation
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Codes that all nodes have together.
struct CodesTests {
    @Test func aCodeIsRedeemedOnceAtWhicheverNode() throws {
        let cluster = Cluster(nodes: 2)
        let minted = try cluster.mint(at: cluster.nodes[0])
        let redeemed = try cluster.redeem(minted.code, at: cluster.nodes[1])
        #expect(redeemed.status == 200 && redeemed.text("appID") == minted.room.text)
        for node in cluster.nodes { #expect(try cluster.redeem(minted.code, at: node).status == 410) }
        #expect(cluster.leftovers() == [])
    }

    @Test func anAttemptIsRepeatedUnderItsNameAtWhicheverNode() throws {
        let cluster = Cluster(nodes: 2)
        let minted = try cluster.mint(at: cluster.nodes[0])
        let id = "0123456789abcdef"
        let first = try cluster.redeem(minted.code, id: id, at: cluster.nodes[0])
        let second = try cluster.redeem(minted.code, id: id, at: cluster.nodes[1])
        #expect(first.status == 200 && second.status == 200)
        for member in ["appID", "expiresAt", "token"] { #expect(first.text(member) == second.text(member)) }
        #expect(try cluster.redeem(minted.code, id: "another-name-0123", at: cluster.nodes[1]).status == 410)
    }

    @Test func allNodesSayTheEndOfACodeByOneClock() throws {
        let cluster = Cluster(nodes: 3, seed: 5)
        let minted = try cluster.reply(to: .mint, at: cluster.nodes[0])
        let redeemed = try cluster.redeem(try #require(minted.text("code")), at: cluster.nodes[2])
        #expect(minted.text("expiresAt") != nil && minted.text("expiresAt") == redeemed.text("expiresAt"))
    }

    @Test func wrongCodesAtTwoNodesWaitInLineTogether() throws {
        let cluster = Cluster(nodes: 2) { $0.limits.redeemFailuresPerMinute = 12 }
        let wrong = (0..<12).map { "\(99900 + $0)" }
        for (number, code) in wrong.enumerated() { #expect(try cluster.redeem(code, at: cluster.nodes[number % 2]).status == 410) }
        let waits = cluster.nodes.map { cluster.ask(.redeem("999990"), at: $0) }
        cluster.advance(by: 3000)
        #expect(waits.allSatisfy { $0.reply == nil })
        // Another client waits for nobody.
        #expect(try cluster.redeem("999990", at: cluster.nodes[0], from: .v4(0xC633_6401)).status == 410)
        // A token comes back every five seconds: one guess is looked at, and the other waits on.
        cluster.advance(by: 3000)
        #expect(waits.filter { $0.reply?.status == 410 }.count == 1)
        cluster.advance(by: 6000)
        #expect(waits.map { $0.reply?.status } == [410, 410], "\(waits.map { $0.reply })")
        #expect(cluster.leftovers() == [])
    }

    /// What a loop hands to that of the engine is sent at once, not with whatever comes next.
    @Test func aCallIsSentAtOnce() throws {
        let cluster = Cluster(nodes: 1)
        let minted = cluster.ask(.mint, at: cluster.nodes[0])
        cluster.advance(by: 1)
        let code = try #require(minted.reply?.text("code"))
        let redeemed = cluster.ask(.redeem(code), at: cluster.nodes[0])
        cluster.advance(by: 1)
        #expect(redeemed.reply?.status == 200)
    }

    /// Whichever node clears a code away counts it, so that the sum over all nodes is right.
    @Test func eachCodesEndIsCountedOnceOverAllNodes() throws {
        let cluster = Cluster(nodes: 2)
        let codes = try (0..<5).map { try cluster.mint(at: cluster.nodes[$0 % 2]).code }
        _ = try cluster.redeem(codes[0], at: cluster.nodes[1])
        func ended() -> [Int] {
            let ended = cluster.nodes.map { $0.signaling.codes.ended }
            return [ended.reduce(0) { $0 + $1.redeemed }, ended.reduce(0) { $0 + ($1.expired ?? 0) }, ended.count { $0.lost != nil }]
        }
        #expect(ended() == [1, 0, 0])
        cluster.advance(by: Cluster.kept.milliseconds + 2000)
        #expect(ended() == [1, 4, 0])
        #expect(cluster.engine.model.liveCodes == [])
    }

    // MARK: - Connections that break

    enum Break: CaseIterable { case before, behind }

    /// What was carried out is carried out once, and what was not, is.
    @Test(arguments: Break.allCases)
    func aMintWhoseConnectionBrokeIsRepeatedAndAnsweredOnce(at moment: Break) throws {
        let cluster = Cluster(nodes: 1)
        Self.breakOnce(cluster, .mint, moment)
        let minted = try cluster.mint(at: cluster.nodes[0])
        #expect(cluster.engine.model.liveCodes == [minted.code])
        let redeemed = try cluster.redeem(minted.code, at: cluster.nodes[0])
        #expect(redeemed.text("appID") == minted.room.text)
        #expect(cluster.leftovers() == [])
    }

    @Test(arguments: Break.allCases, [nil, "0123456789abcdef"])
    func aRedeemWhoseConnectionBrokeIsRepeatedAndAnsweredOnce(at moment: Break, id: String?) throws {
        let cluster = Cluster(nodes: 1)
        let minted = try cluster.mint(at: cluster.nodes[0])
        Self.breakOnce(cluster, .redeem, moment)
        let redeemed = try cluster.redeem(minted.code, id: id, at: cluster.nodes[0])
        #expect(redeemed.status == 200 && redeemed.text("appID") == minted.room.text, "\(redeemed)")
        #expect(cluster.leftovers() == [])
    }

    @Test func whatIsNotAnsweredInTimeIsUnavailable() throws {
        let cluster = Cluster(nodes: 1)
        cluster.engine.pause()
        let reply = try cluster.reply(to: .mint, at: cluster.nodes[0])
        #expect(reply.status == 503 && reply["Retry-After"] == "5")
        cluster.engine.goOn()
        cluster.advance(by: 2000)
        #expect(try cluster.reply(to: .mint, at: cluster.nodes[0]).status == 200)
        #expect(cluster.leftovers() == [])
    }

    // MARK: - Clients that leave

    @Test func aCodeThatNobodyIsToldOfIsFreed() throws {
        let cluster = Cluster(nodes: 1)
        cluster.engine.pause()
        let asked = cluster.ask(.mint, at: cluster.nodes[0])
        cluster.advance(by: 100)
        asked.stream.end(.reset)
        cluster.advance(by: 100)
        cluster.engine.goOn()
        cluster.advance(by: 100)
        #expect(cluster.engine.counts[.mint] == 1 && cluster.engine.model.liveCodes == [])
        #expect(cluster.leftovers() == [])
    }

    @Test func aRedemptionThatNobodyIsToldOfIsGivenBack() throws {
        let cluster = Cluster(nodes: 2)
        let minted = try cluster.mint(at: cluster.nodes[0])
        try Self.leaveBeforeTheReply(cluster, minted.code, id: nil)
        #expect(cluster.engine.counts[.redeem] == 1 && cluster.engine.model.liveCodes == [minted.code])
        #expect(try cluster.redeem(minted.code, at: cluster.nodes[1]).status == 200)
    }

    /// The code is live again, and is to stay so: redemptions are repeated for those that were answered.
    @Test func aRedemptionThatIsGivenBackIsNotRepeated() throws {
        let cluster = Cluster(nodes: 2)
        let minted = try cluster.mint(at: cluster.nodes[0])
        try Self.leaveBeforeTheReply(cluster, minted.code, id: nil)
        cluster.nodes[0].link.cut(carriesOut: true)
        cluster.advance(by: 1500)
        #expect(cluster.engine.model.liveCodes == [minted.code])
        #expect(try cluster.redeem(minted.code, at: cluster.nodes[1]).status == 200)
    }

    @Test func aNamedRedemptionThatNobodyIsToldOfIsThereForItsName() throws {
        let cluster = Cluster(nodes: 2)
        let minted = try cluster.mint(at: cluster.nodes[0])
        let id = "0123456789abcdef"
        try Self.leaveBeforeTheReply(cluster, minted.code, id: id)
        #expect(cluster.engine.model.liveCodes == [])
        #expect(try cluster.redeem(minted.code, id: id, at: cluster.nodes[1]).status == 200)
    }

    /// Its connection breaks while it is undone.
    @Test func whatIsUndoneIsUndoneOnTheNextConnection() throws {
        let cluster = Cluster(nodes: 1)
        let minted = try cluster.mint(at: cluster.nodes[0])
        Self.breakOnce(cluster, .giveBack, .before)
        try Self.leaveBeforeTheReply(cluster, minted.code, id: nil)
        cluster.advance(by: 1500)
        #expect(cluster.engine.model.liveCodes == [minted.code])
        #expect(cluster.leftovers() == [])
    }

    // MARK: - An engine that has lost what it had confirmed

    @Test(arguments: [100, 40_000])
    func aRedeemedCodeThatTheEngineHasLostTrackOfIsFreedAgain(away: Int64) throws {
        let cluster = Cluster(nodes: 2)
        let minted = try cluster.mint(at: cluster.nodes[0])
        let before = cluster.engine.model
        #expect(try cluster.redeem(minted.code, at: cluster.nodes[0]).status == 200)
        cluster.engine.goAway()
        cluster.engine.restore(before)
        cluster.advance(by: away)
        cluster.engine.comeBack()
        cluster.advance(by: 1500)
        #expect(cluster.engine.model.liveCodes == [])
        for node in cluster.nodes { #expect(try cluster.redeem(minted.code, at: node).status == 410) }
    }

    // MARK: -

    private static func breakOnce(_ cluster: Cluster, _ script: EngineScript, _ moment: Break) {
        var isBroken = false
        cluster.engine.watch = { ran, link, hasRun in
            guard ran == script, hasRun == (moment == .behind), !isBroken else { return }
            isBroken = true
            link.cut(carriesOut: moment == .behind)
        }
    }

    private static func leaveBeforeTheReply(_ cluster: Cluster, _ code: String, id: String?) throws {
        cluster.engine.pause()
        let asked = cluster.ask(.redeem(code, id: id), at: cluster.nodes[0])
        cluster.advance(by: 100)
        try #require(asked.reply == nil)
        asked.stream.end(.reset)
        cluster.advance(by: 100)
        cluster.engine.goOn()
        cluster.advance(by: 100)
    }
}
