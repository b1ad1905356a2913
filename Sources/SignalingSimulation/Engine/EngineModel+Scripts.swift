package import EngineScripts
import NIOCore
import NetworkAddresses
package import RESPCore
import SignalingCore
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// The model behind calls as they reach an engine: a script with its keys and arguments, and a reply as the engine gives it.
extension EngineModel {
    package mutating func run(_ script: EngineScript, keys: [RESPArgument], arguments: [RESPArgument], now: Int64) -> RESPValue {
        var input = ScriptInput(script, keys, arguments)
        switch script {
        case .mint, .redeem, .free, .giveBack, .clearEnded: return self.runCodes(&input, now)
        case .enter, .renew, .lease, .notify, .leave, .probe: return self.runNodes(&input, now)
        case .claim, .look, .store, .acknowledge, .stand, .keep, .release, .adopt: return self.runRooms(&input, now)
        }
    }

    // MARK: - Codes

    private mutating func runCodes(_ input: inout ScriptInput, _ now: Int64) -> RESPValue {
        let bounds = CodeBounds(digits: input.int()...input.int(), mostLive: input.int())
        switch input.script {
        case .mint: return self.mint(&input, bounds, now)
        case .redeem: return self.redeem(&input, bounds, now)
        case .clearEnded: return .integer(Int64(self.run(ClearEndedCall(bounds: bounds, most: input.int()), now: now)))
        case .free:
            let call = FreeCall(bounds: bounds, code: input.code(), room: input.room())
            return .integer(self.run(call, now: now) ? 1 : 0)
        default:
            let (code, room) = (input.code(), input.room())
            let call = GiveBackCall(bounds: bounds, code: code, request: input.request, room: room)
            return .integer(self.run(call, now: now) ? 1 : 0)
        }
    }

    private mutating func mint(_ input: inout ScriptInput, _ bounds: CodeBounds, _ now: Int64) -> RESPValue {
        let (life, room) = (TimeSpan.milliseconds(Int64(input.int())), input.room())
        // All networks of a client are those of one of its addresses; the narrowest says which.
        let client = input.network(input.text().split(separator: " ")[0])
        let cap = input.int()
        for _ in 0..<3 { _ = input.int() }
        let random = input.rest.map { UInt64($0.asText) ?? 0 }
        let call = MintCall(bounds: bounds, life: life, room: room, client: client, cap: cap, random: random)
        let reply = self.run(call, now: now)
        let cleared = RESPValue.integer(Int64(reply.cleared))
        switch reply.outcome {
        case .minted(let code, let end, let left):
            return .array([.integer(1), cleared, .bulk(code.text), .integer(end), .integer(left.milliseconds)])
        case .exhausted(let retryAfter): return .array([.integer(0), cleared, .integer(retryAfter.milliseconds)])
        case .tooManyLive: return .array([.integer(2), cleared])
        }
    }

    private mutating func redeem(_ input: inout ScriptInput, _ bounds: CodeBounds, _ now: Int64) -> RESPValue {
        let code = input.code()
        let buckets = input.guessedNetworks.map { network -> GuessBucket in
            let (interval, span) = (input.int(), input.int())
            return GuessBucket(network: network, interval: interval, tokens: span / interval)
        }
        switch self.run(RedeemCall(bounds: bounds, code: code, request: input.request, buckets: buckets), now: now) {
        case .redeemed(let room, let end, let left, let isRepeated):
            return .array([.integer(1), .bulk(room.text), .integer(end), .integer(left.milliseconds), .integer(isRepeated ? 1 : 0)])
        case .wait(let time): return .array([.integer(2), .integer(time.milliseconds)])
        case .gone(nil): return .array([.integer(0)])
        case .gone(let alarm?):
            return .array(
                [.integer(0)] + [alarm.live, alarm.space, alarm.digits, alarm.grew ? 1 : 0].map { .integer(Int64($0)) })
        }
    }

    // MARK: - Nodes

    private mutating func runNodes(_ input: inout ScriptInput, _ now: Int64) -> RESPValue {
        let node = input.node()
        switch input.script {
        case .enter:
            let life = TimeSpan.milliseconds(Int64(input.int()))
            return .bulk(self.run(EnterCall(node: node, life: life, address: input.text(), key: input.text()), now: now))
        case .renew:
            let life = TimeSpan.milliseconds(Int64(input.int()))
            switch self.run(RenewCall(node: node, life: life, isDraining: input.text() == "1"), now: now) {
            case .lapsed: return .array([])
            case .renewed(let inbox, let leases):
                return .array(
                    [.array(inbox.map { .bulk($0) })]
                        + leases.flatMap { lease -> [RESPValue] in
                            [
                                .bulk(lease.node.text), .integer(lease.left.milliseconds),
                                .bulk("\(lease.isDraining ? 1 : 0) \(lease.address)"),
                            ]
                        })
            }
        case .lease: return .integer(self.run(LeaseCall(node: node), now: now).milliseconds)
        case .probe: return .integer(self.run(ProbeCall(node: node), now: now) ? 1 : 0)
        case .notify: return .integer(self.run(NotifyCall(node: node, note: input.text()), now: now) ? 1 : 0)
        default: return .integer(self.run(LeaveCall(node: node), now: now) ? 1 : 0)
        }
    }

    // MARK: - Rooms

    private mutating func runRooms(_ input: inout ScriptInput, _ now: Int64) -> RESPValue {
        let room = input.roomOfKeys
        switch input.script {
        case .look:
            let home = self.run(LookCall(room: room), now: now)
            return .array([.bulk(home?.node.text ?? ""), .bulk(home.map { "\($0.epoch.number)" } ?? "")])
        case .claim: return self.claim(&input, room, now)
        default: break
        }
        let home = RoomHome(node: input.node(), epoch: HomeEpoch(Int64(input.int())))
        switch input.script {
        case .store: return self.store(&input, room, home, now)
        case .acknowledge:
            switch self.run(AcknowledgeCall(room: room, home: home, side: input.side(), upTo: UInt64(input.int())), now: now) {
            case .acknowledged(let last): return .array([.integer(1), .integer(Int64(last))])
            case .lost(let loss): return Self.value(loss)
            }
        case .stand:
            let standing = RoomStanding(desertedSince: Int64(input.text()), lockedSides: input.sides())
            return Self.value(self.run(StandCall(room: room, home: home, standing: standing), now: now))
        case .keep: return Self.value(self.run(KeepCall(room: room, home: home, times: input.times()), now: now))
        case .release: return Self.value(self.run(ReleaseCall(room: room, home: home, desertedSince: Int64(input.text())), now: now))
        default: return Self.value(self.run(Self.adoption(&input, room, home), now: now))
        }
    }

    private mutating func claim(_ input: inout ScriptInput, _ room: RoomID, _ now: Int64) -> RESPValue {
        let (node, lapsed) = (input.node(), NodeID(input.text()))
        _ = input.int()
        let times = RoomTimes(kept: .milliseconds(Int64(input.int())))
        let call = ClaimCall(room: room, node: node, lapsed: lapsed, times: times, mailbox: input.mailbox(), owner: input.client())
        guard case .claimed(let epoch, let stored) = self.run(call, now: now) else {
            guard let home = self.run(LookCall(room: room), now: now) else { preconditionFailure("a room that cannot be had has a home") }
            return .array([.integer(0), .bulk(home.node.text)])
        }
        let sides = [stored.a, stored.b]
        return .array(
            [
                .integer(1), .bulk("\(epoch.number)"), .bulk(stored.name.mailbox.text), .bulk(stored.name.owner.text),
                .bulk(text(of: stored.standing.lockedSides)),
            ] + sides.map { .bulk("\($0.acknowledged)") } + sides.map { .bulk($0.accepted.text) }
                + sides.map { .array($0.items.map { .bulk($0) }) })
    }

    private mutating func store(_ input: inout ScriptInput, _ room: RoomID, _ home: RoomHome, _ now: Int64) -> RESPValue {
        let (times, recipient, first, sender) = (input.times(), input.side(), UInt64(input.int()), input.side())
        let refs = input.text()
        let call = StoreCall(
            room: room, home: home, times: times, recipient: recipient, first: first, sender: sender,
            accepted: refs.isEmpty ? nil : AcceptedRefs(text: refs), payloads: input.rest.map(\.asBytes))
        switch self.run(call, now: now) {
        case .stored(let last): return .array([.integer(1), .integer(Int64(last))])
        case .missing(let last): return .array([.integer(2), .integer(Int64(last))])
        case .lost(let loss): return Self.value(loss)
        }
    }

    private static func adoption(_ input: inout ScriptInput, _ room: RoomID, _ home: RoomHome) -> AdoptCall {
        let times = input.times()
        let name = StoredRoomName(id: room, mailbox: input.mailbox(), owner: input.client())
        let standing = RoomStanding(desertedSince: Int64(input.text()), lockedSides: input.sides())
        let acknowledged = [UInt64(input.int()), UInt64(input.int())]
        let accepted = [input.text(), input.text()].map { AcceptedRefs(text: $0) ?? AcceptedRefs() }
        let count = input.int()
        let items = input.rest.map(\.asBytes)
        return AdoptCall(
            home: home, times: times,
            stored: StoredRoom(
                name: name, standing: standing,
                a: StoredSide(acknowledged: acknowledged[0], items: Array(items.prefix(count)), accepted: accepted[0]),
                b: StoredSide(acknowledged: acknowledged[1], items: Array(items.dropFirst(count)), accepted: accepted[1])))
    }

    private static func value(_ reply: HomeReply) -> RESPValue {
        switch reply {
        case .done: .array([.integer(1)])
        case .lost(let loss): Self.value(loss)
        }
    }

    private static func value(_ loss: LostHome) -> RESPValue {
        .array([.integer(0), .bulk(loss.now?.node.text ?? ""), .bulk(loss.now.map { "\($0.epoch.number)" } ?? "")])
    }
}

/// What goes into a script, taken from the first argument to the last. Nodes alone write it: what is malformed is a fault of theirs.
private struct ScriptInput {
    let script: EngineScript
    private let keys: [String]
    private(set) var rest: ArraySlice<RESPArgument>

    init(_ script: EngineScript, _ keys: [RESPArgument], _ arguments: [RESPArgument]) {
        self.script = script
        self.keys = keys.map(\.asText)
        self.rest = arguments[...]
    }

    mutating func text() -> String { self.rest.removeFirst().asText }
    mutating func int() -> Int { self.read { Int($0) } }
    mutating func code() -> Code { self.read { Code($0.utf8) } }
    mutating func room() -> RoomID { self.read { RoomID($0.utf8) } }
    mutating func node() -> NodeID { self.read { NodeID($0) } }
    mutating func mailbox() -> MailboxID { self.read { MailboxID($0.utf8) } }
    mutating func client() -> ClientAddress { self.read { ClientAddress(ownText: $0) } }
    mutating func side() -> Side { self.read { Side(parameter: $0) } }
    mutating func sides() -> Set<Side> { self.read { EngineScripts.sides($0) } }
    mutating func times() -> RoomTimes { RoomTimes(kept: .milliseconds(Int64(self.int() / 2))) }

    private mutating func read<Value>(_ read: (String) -> Value?) -> Value {
        let text = self.text()
        guard let value = read(text) else { preconditionFailure("\(self.script) is called with \(text)") }
        return value
    }

    func network(_ prefix: some StringProtocol) -> ClientAddress {
        guard let address = ClientAddress(ownText: prefix.split(separator: "/")[0]) else { preconditionFailure("no network: \(prefix)") }
        return address
    }

    /// The room whose keys these are.
    var roomOfKeys: RoomID {
        let text = self.keys[0].dropLast().split(separator: ":").last ?? ""
        guard let room = RoomID(text.utf8) else { preconditionFailure("not the key of a room: \(self.keys[0])") }
        return room
    }

    /// The name of the attempt to redeem, at the end of the key of its result.
    var request: RedeemID {
        let text = self.keys[2].split(separator: ":").last ?? ""
        guard let request = RedeemID(Array(text.utf8)) else { preconditionFailure("not the key of a result: \(self.keys[2])") }
        return request
    }

    var guessedNetworks: [ClientPrefix] {
        self.keys.compactMap { key in
            guard let range = key.firstRange(of: ":guesses:") else { return nil }
            let prefix = key[range.upperBound...]
            let length = prefix.split(separator: "/").dropFirst().first.flatMap { Int($0) }
            return ClientPrefix(self.network(prefix), length: length ?? 32)
        }
    }
}

extension RESPArgument {
    fileprivate var asText: String {
        switch self {
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .bytes(let bytes): String(buffer: bytes)
        }
    }

    fileprivate var asBytes: ByteBuffer { if case .bytes(let bytes) = self { bytes } else { ByteBuffer(string: self.asText) } }
}
