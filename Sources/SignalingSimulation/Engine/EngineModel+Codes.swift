package import EngineScripts
import NetworkAddresses
import SignalingCore
import SignalingWire
import TimeKeeping

extension EngineModel {
    package mutating func run(_ call: MintCall, now: Int64) -> MintCall.Reply {
        if let again = self.codes.minted[call.room], again.forgotten > now {
            return .init(.minted(again.code, end: again.end, left: .milliseconds(max(again.end - now, 0))), cleared: 0)
        }
        let cleared = self.run(ClearEndedCall(bounds: call.bounds, most: 64), now: now)
        if self.codes.isTooMany(for: call) { return .init(.tooManyLive, cleared: cleared) }
        guard let digits = self.codes.lengthForMinting(call.bounds, now: now) else {
            let earliest = self.codes.live.values.map(\.end).min() ?? now
            return .init(.exhausted(retryAfter: .milliseconds(max(earliest - now, 1000))), cleared: cleared)
        }
        let code = self.codes.draw(digits, call.random)
        let end = now + call.life.milliseconds
        self.codes.live[code] = .init(room: call.room, end: end, holder: call.holder)
        self.codes.minted[call.room] = (code, end, now + 30_000)
        return .init(.minted(code, end: end, left: .milliseconds(end - now)), cleared: cleared)
    }

    package mutating func run(_ call: ClearEndedCall, now: Int64) -> Int {
        var cleared = 0
        for digits in call.bounds.digits {
            let ended = self.codes.ofLength(digits).filter { $0.value.end <= now }
            for code in ended.sorted(by: { ($0.value.end, $0.key.value) < ($1.value.end, $1.key.value) }).prefix(call.most) {
                self.codes.live[code.key] = nil
                cleared += 1
            }
        }
        return cleared
    }

    package mutating func run(_ call: RedeemCall, now: Int64) -> RedeemCall.Reply {
        let request = Self.name(call.code, call.request)
        if let again = self.codes.redeemed[request], again.forgotten > now {
            let left = TimeSpan.milliseconds(max(again.live.end - now, 0))
            return .redeemed(again.live.room, end: again.live.end, left: left, isRepeated: true)
        }
        let ready = call.buckets.map { bucket in
            max(self.codes.full[bucket.network.text] ?? 0, now) + Int64(bucket.interval) - Int64(bucket.interval * bucket.tokens)
        }
        if let last = ready.max(), last > now { return .wait(.milliseconds(last - now)) }
        if let live = self.codes.live[call.code], live.end > now {
            self.codes.live[call.code] = nil
            self.codes.redeemed[request] = .init(live: live, forgotten: now + 30_000)
            return .redeemed(live.room, end: live.end, left: .milliseconds(live.end - now), isRepeated: false)
        }
        for bucket in call.buckets {
            self.codes.full[bucket.network.text] = max(self.codes.full[bucket.network.text] ?? 0, now) + Int64(bucket.interval)
        }
        return .gone(self.codes.failed(call.bounds, now: now))
    }

    package mutating func run(_ call: FreeCall, now: Int64) -> Bool {
        guard self.codes.live[call.code]?.room == call.room else { return false }
        self.codes.live[call.code] = nil
        return true
    }

    package mutating func run(_ call: GiveBackCall, now: Int64) -> Bool {
        let request = Self.name(call.code, call.request)
        guard let redemption = self.codes.redeemed[request], redemption.live.room == call.room, redemption.forgotten > now else {
            return false
        }
        self.codes.redeemed[request] = nil
        guard redemption.live.end > now, self.codes.live[call.code] == nil else { return false }
        self.codes.live[call.code] = redemption.live
        return true
    }

    private static func name(_ code: Code, _ request: RedeemID) -> String { "\(code.text):\(request.text)" }
}

extension EngineModel.CodesModel {
    func ofLength(_ digits: Int) -> [Code: Live] { self.live.filter { $0.key.digits == digits } }

    private func count(_ digits: Int) -> Int { self.ofLength(digits).count }

    /// Whether the client has its share of live codes, or as many as any client may.
    func isTooMany(for call: MintCall) -> Bool {
        let held = call.holder.networks.indices.map { width in
            self.live.values.count { $0.holder.networks[width] == call.holder.networks[width] }
        }
        if call.cap > 0, zip(held, call.holder.factors).contains(where: { $0 + 1 > call.cap * $1 }) { return true }
        let most = call.bounds.mostLive
        guard self.live.count + 1 > most - most / 4 else { return false }
        return held.indices.contains { width in
            let holders = Set(self.live.values.map { $0.holder.networks[width] }).count
            return held[width] > 0 && held[width] >= most / (holders + 1)
        }
    }

    private func floorDigits(_ bounds: CodeBounds, now: Int64) -> Int {
        guard let floor = self.floor, floor.until > now else { return bounds.digits.lowerBound }
        return max(bounds.digits.lowerBound, min(bounds.digits.upperBound, floor.digits))
    }

    func lengthForMinting(_ bounds: CodeBounds, now: Int64) -> Int? {
        guard self.live.count < bounds.mostLive else { return nil }
        let wanted = self.floorDigits(bounds, now: now)...bounds.digits.upperBound
        return wanted.first { self.count($0) * 2 < Code.spaceSize(digits: $0) }
            ?? bounds.digits.last { self.count($0) < Code.spaceSize(digits: $0) }
    }

    func draw(_ digits: Int, _ random: [UInt64]) -> Code {
        let size = Code.spaceSize(digits: digits)
        func scaled(_ number: UInt64, _ size: Int) -> Int { Int(Double(number) / 0x1p53 * Double(size)) }
        let taken = Set(self.ofLength(digits).keys.map { Int($0.value) })
        let value =
            random.lazy.map { scaled($0, size) }.first { !taken.contains($0) }
            ?? (0..<size).filter { !taken.contains($0) }[scaled(random[0], size - taken.count)]
        guard let code = Code(value: UInt32(value), digits: digits) else { preconditionFailure("a value of this length is a code") }
        return code
    }

    mutating func failed(_ bounds: CodeBounds, now: Int64) -> RedeemCall.Alarm? {
        var window = self.window ?? (0, 0, false)
        if window.end <= now { window = (now + 60_000, 0, false) }
        window.failures += 1
        defer { self.window = window }
        let digits = self.lengthForMinting(bounds, now: now) ?? bounds.digits.upperBound
        let (live, space) = (self.count(digits), Code.spaceSize(digits: digits))
        guard !window.isTold, window.failures > FailureBudget.budget(live: live, space: space) else { return nil }
        window.isTold = true
        let current = self.floorDigits(bounds, now: now)
        let raised = min(current + 1, bounds.digits.upperBound)
        self.floor = (raised, now + CodeBook.calm.milliseconds)
        return RedeemCall.Alarm(
            live: live, space: space, digits: self.lengthForMinting(bounds, now: now) ?? bounds.digits.upperBound, grew: raised > current)
    }
}
