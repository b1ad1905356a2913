import EngineScripts
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// Draws what nodes ask of an engine: of few codes, rooms and nodes, so that they meet. It remembers replies, as later calls build on them.
struct CallMaker {
    private(set) var random: SplitMix64
    private var bounds: CodeBounds
    private var codes: [(code: Code, room: RoomID)] = []
    private var requests: [(code: Code, request: RedeemID, room: RoomID)] = []
    private var homes: [RoomHome] = []

    init(seed: UInt64) {
        self.random = SplitMix64(seed: seed)
        // Small bounds, so that shares and the end of the space are met.
        self.bounds =
            [
                CodeBounds(digits: 4...4, mostLive: 40), CodeBounds(digits: 4...5, mostLive: 10_000),
                CodeBounds(digits: 4...6, mostLive: 25),
            ][Int(seed % 3)]
    }

    static let rooms = (1...4).map { RoomID(high: 0, low: UInt64($0)) }
    static let nodes = (1...3).map { NodeID(UInt64($0)) }
    private static let addresses: [ClientAddress] = [
        .v4(0x0a00_0001), .v4(0x0a00_0002), .v6(high: 0x2001_0db8_0000_0000, low: 1), .v6(high: 0x2001_0db8_0000_0001, low: 1),
        .v6(high: 0x2001_0db8_0000_0100, low: 1),
    ]
    /// Wrong codes count for addresses alone.
    private static let clients = addresses + [.subject(0x2001_0db8_0000_0100), .subject(0)]
    private let times = RoomTimes(kept: .minutes(10))

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &self.random) == 0 }
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.random) }
    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.number(0...elements.count - 1)] }

    // MARK: - Codes

    mutating func mint() -> MintCall {
        let room = self.chance(8) ? self.codes.last?.room : nil
        // Nearly all the same now and then, so that what was drawn is taken.
        let random = (0..<MintCall.draws).map { _ in self.chance(3) ? 0 : UInt64(self.number(0...(1 << 53) - 1)) }
        return MintCall(
            bounds: self.bounds, life: .milliseconds(Int64(self.pick([1, 500, 60_000, 600_000]))),
            room: room ?? .random(using: &self.random), client: self.pick(Self.clients), cap: self.pick([0, 0, 5]), random: random)
    }

    mutating func note(_ call: MintCall, _ reply: MintCall.Reply) {
        if case .minted(let code, _, _) = reply.outcome { self.codes.append((code, call.room)) }
        if self.codes.count > 30 { self.codes.removeFirst() }
    }

    mutating func clearEnded() -> ClearEndedCall { ClearEndedCall(bounds: self.bounds, most: self.number(1...5)) }

    mutating func redeem() -> RedeemCall {
        let isAgain = self.chance(5)
        if isAgain, let (code, request, _) = self.requests.last {
            return RedeemCall(bounds: self.bounds, code: code, request: request, buckets: self.buckets())
        }
        let code = self.chance(2) ? self.codes.randomElement(using: &self.random)?.code : nil
        guard let code = code ?? Code(value: UInt32(self.number(0...9999)), digits: 4) else {
            preconditionFailure("four digits are a code")
        }
        return RedeemCall(bounds: self.bounds, code: code, request: self.request(), buckets: self.buckets())
    }

    mutating func note(_ call: RedeemCall, _ reply: RedeemCall.Reply) {
        if case .redeemed(let room, _, _, _) = reply { self.requests.append((call.code, call.request, room)) }
    }

    mutating func free() -> FreeCall? {
        guard let (code, room) = self.codes.randomElement(using: &self.random) else { return nil }
        return FreeCall(bounds: self.bounds, code: code, room: self.chance(3) ? Self.rooms[0] : room)
    }

    mutating func giveBack() -> GiveBackCall? {
        guard let (code, request, room) = self.requests.randomElement(using: &self.random) else { return nil }
        return GiveBackCall(bounds: self.bounds, code: code, request: request, room: self.chance(4) ? Self.rooms[0] : room)
    }

    private mutating func request() -> RedeemID {
        guard let id = RedeemID(Array(NodeID(self.random.next()).text.utf8)) else { preconditionFailure("16 digits are a name") }
        return id
    }

    private mutating func buckets() -> [GuessBucket] {
        if self.chance(4) { return [] }
        let client = self.pick(Self.addresses)
        return [64, 30, 20].enumerated().map {
            GuessBucket(network: ClientPrefix(client, length: $1), interval: 100 * ($0 + 1), tokens: 30)
        }
    }

    // MARK: - Rooms

    mutating func claim() -> ClaimCall {
        ClaimCall(
            room: self.pick(Self.rooms), node: self.pick(Self.nodes), lapsed: self.chance(2) ? self.pick(Self.nodes) : nil,
            times: self.times, mailbox: MailboxID(self.random.next()), owner: self.pick(Self.clients))
    }

    mutating func note(_ call: ClaimCall, _ reply: ClaimCall.Reply) {
        guard case .claimed(let epoch, _) = reply else { return }
        self.homes.append(RoomHome(node: call.node, epoch: epoch))
        if self.homes.count > 8 { self.homes.removeFirst() }
    }

    /// Mostly one that the engine knows, if not of this room.
    private mutating func home(of room: RoomID, _ model: (LookCall) -> RoomHome?) -> RoomHome {
        if !self.chance(5), let home = model(LookCall(room: room)) { return home }
        return self.homes.randomElement(using: &self.random) ?? RoomHome(node: Self.nodes[0], epoch: HomeEpoch(1))
    }

    mutating func look() -> LookCall { LookCall(room: self.pick(Self.rooms)) }

    mutating func store(_ model: (LookCall) -> RoomHome?) -> StoreCall {
        let room = self.pick(Self.rooms)
        let payloads = (0..<self.number(1...4)).map { _ in
            ByteBuffer(bytes: (0..<self.number(0...40)).map { UInt8(truncatingIfNeeded: $0 * 37) })
        }
        return StoreCall(
            room: room, home: self.home(of: room, model), times: self.times, recipient: self.side(), first: UInt64(self.number(1...6)),
            sender: self.side(), accepted: self.chance(2) ? self.accepted() : nil, payloads: payloads)
    }

    mutating func acknowledge(_ model: (LookCall) -> RoomHome?) -> AcknowledgeCall {
        let room = self.pick(Self.rooms)
        let seq = self.chance(10) ? UInt64.max : UInt64(self.number(0...12))
        return AcknowledgeCall(room: room, home: self.home(of: room, model), side: self.side(), upTo: seq)
    }

    mutating func stand(_ model: (LookCall) -> RoomHome?, now: Int64) -> StandCall {
        let room = self.pick(Self.rooms)
        return StandCall(room: room, home: self.home(of: room, model), standing: self.standing(now))
    }

    mutating func keep(_ model: (LookCall) -> RoomHome?) -> KeepCall {
        let room = self.pick(Self.rooms)
        return KeepCall(room: room, home: self.home(of: room, model), times: self.times)
    }

    mutating func release(_ model: (LookCall) -> RoomHome?, now: Int64) -> ReleaseCall {
        let room = self.pick(Self.rooms)
        return ReleaseCall(room: room, home: self.home(of: room, model), desertedSince: self.chance(3) ? nil : now)
    }

    mutating func adopt(_ model: (LookCall) -> RoomHome?, now: Int64) -> AdoptCall {
        let room = self.pick(Self.rooms)
        let name = StoredRoomName(id: room, mailbox: MailboxID(self.random.next()), owner: self.pick(Self.clients))
        var home = self.home(of: room, model)
        // A home of an epoch before or since, as if the engine had lost the room.
        if self.chance(2) { home = RoomHome(node: self.node(), epoch: HomeEpoch(home.epoch.number + Int64(self.number(-1...1)))) }
        return AdoptCall(
            home: home, times: self.times,
            stored: StoredRoom(name: name, standing: self.standing(now), a: self.storedSide(), b: self.storedSide()))
    }

    private mutating func side() -> Side { self.chance(2) ? .a : .b }

    private mutating func standing(_ now: Int64) -> RoomStanding {
        RoomStanding(desertedSince: self.chance(2) ? now : nil, lockedSides: self.pick([[], [.a], [.b], [.a, .b]]))
    }

    private mutating func storedSide() -> StoredSide {
        StoredSide(
            acknowledged: UInt64(self.number(0...5)), items: (0..<self.number(0...3)).map { ByteBuffer(string: "item \($0)") },
            accepted: self.accepted())
    }

    private mutating func accepted() -> AcceptedRefs {
        var refs = AcceptedRefs()
        let sid = self.pick(["s", "a b", "🦊\n"])
        for _ in 0..<self.number(0...3) { refs.accept(refs.last + UInt64(self.number(1...200)), sid: sid) }
        return refs
    }

    // MARK: - Nodes

    mutating func enter() -> EnterCall {
        let address = self.pick(["http://10.0.0.1:1", "http://[2001:db8::1]:80", ""])
        return EnterCall(node: self.node(), life: .seconds(10), address: address, key: NodeID(self.random.next()).text)
    }
    mutating func renew() -> RenewCall { RenewCall(node: self.node(), life: .seconds(10), isDraining: self.chance(4)) }
    mutating func probe() -> ProbeCall { ProbeCall(node: self.node()) }
    mutating func lease() -> LeaseCall { LeaseCall(node: self.node()) }
    mutating func notify() -> NotifyCall { NotifyCall(node: self.node(), note: "note \(self.number(0...99))") }
    mutating func leave() -> LeaveCall { LeaveCall(node: self.node()) }
    private mutating func node() -> NodeID { self.pick(Self.nodes) }
}
