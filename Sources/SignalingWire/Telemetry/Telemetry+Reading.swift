/// Reads a telemetry frame that the scanner has found well-formed. What is nested in it is looked for here, so that no other frame pays for
/// that. Members, words and values that the server does not know count as absent.
extension Telemetry {
    /// Nil if `event` is none that the server knows.
    package init?(_ envelope: Envelope, in text: Span<UInt8>) {
        guard let event: Event = envelope[.event].word(in: text) else { return nil }
        self.init(event)
        if envelope[.mode].isGiven { self.mode = envelope[.mode].word(in: text) ?? .other }
        if envelope[.reason].isGiven { self.reason = envelope[.reason].word(in: text) ?? .other }
        self.readDetails(of: text)
    }

    private enum Detail: Word { case candidates, remote, servers, selected, errors, pairs, dtls, ice, resumed }

    private mutating func readDetails(of text: Span<UInt8>) {
        // Of a repeated key the last value counts, so none is read before all have been seen.
        var candidates = Envelope.Field()
        var remote = Envelope.Field()
        var servers = Envelope.Field()
        var selected = Envelope.Field()
        var errors = Envelope.Field()
        var pairs = Envelope.Field()
        var dtls = Envelope.Field()
        var ice = Envelope.Field()
        var resumed = Envelope.Field()
        JSONObject.forEachMember(of: text) { word, field in
            switch Detail(rawValue: word) {
            case .candidates: candidates = field
            case .remote: remote = field
            case .servers: servers = field
            case .selected: selected = field
            case .errors: errors = field
            case .pairs: pairs = field
            case .dtls: dtls = field
            case .ice: ice = field
            case .resumed: resumed = field
            case nil: break
            }
        }
        self.candidates = CandidateCounts(candidates, in: text)
        self.remote = CandidateCounts(remote, in: text)
        self.servers = ServerCounts(servers, in: text)
        self.selected = SelectedPair(selected, in: text)
        self.errors = CandidateErrors(errors, in: text)
        self.pairs = pairs.smallCount(in: text)
        self.isDTLSFailed = dtls.isWord("failed", in: text)
        self.isICEFailed = ice.isWord("failed", in: text)
        self.isResumed = resumed.isTrue(in: text)
    }
}

extension CandidateCounts {
    fileprivate init?(_ field: Envelope.Field, in text: Span<UInt8>) {
        guard field.isObject(in: text) else { return nil }
        self.init()
        let object = text.extracting(field.range)
        var counts = CandidateCounts()
        JSONObject.forEachMember(of: object) { word, field in
            let count = field.smallCount(in: object) ?? 0
            switch CandidateType(rawValue: word) {
            case .host: counts.host = count
            case .srflx: counts.srflx = count
            case .relay: counts.relay = count
            case .prflx: counts.prflx = count
            case .mdns: counts.mdns = count
            case nil: break
            }
        }
        self = counts
    }

    private enum CandidateType: Word { case host, srflx, relay, prflx, mdns }
}

extension ServerCounts {
    fileprivate init?(_ field: Envelope.Field, in text: Span<UInt8>) {
        guard field.isObject(in: text) else { return nil }
        let object = text.extracting(field.range)
        var counts = ServerCounts()
        JSONObject.forEachMember(of: object) { word, field in
            if word == "stun" { counts.stun = field.smallCount(in: object) ?? 0 }
            if word == "turn" { counts.turn = field.smallCount(in: object) ?? 0 }
        }
        self = counts
    }
}

extension CandidateErrors {
    /// So many elements are looked at.
    private static let most = 16

    fileprivate init(_ field: Envelope.Field, in text: Span<UInt8>) {
        var errors = CandidateErrors()
        JSONArray.forEachElement(of: text, field, most: Self.most) { element in
            if case .value(let code) = element.count(in: text) { errors.insert(CandidateErrors(code: code)) }
        }
        self = errors
    }
}

extension SelectedPair {
    private enum Member: Word { case local, remote, relayProtocol }

    fileprivate init(_ field: Envelope.Field, in text: Span<UInt8>) {
        self.init()
        guard field.isObject(in: text) else { return }
        let object = text.extracting(field.range)
        var (local, remote, transport) = (Envelope.Field(), Envelope.Field(), Envelope.Field())
        JSONObject.forEachMember(of: object) { word, field in
            switch Member(rawValue: word) {
            case .local: local = field
            case .remote: remote = field
            case .relayProtocol: transport = field
            case nil: break
            }
        }
        let modes: [Telemetry.Mode] = [local, remote].compactMap { $0.word(in: object) }
        if modes.contains(.relay) {
            self.isRelayed = true
        } else if modes.contains(where: { $0 == .host || $0 == .srflx || $0 == .prflx }) {
            self.isRelayed = false
        }
        self.relayTransport = transport.word(in: object)
    }
}

extension Envelope.Field {
    /// `null` counts as absent.
    fileprivate var isGiven: Bool { self.isPresent && self.form != .null }

    fileprivate func isObject(in text: Span<UInt8>) -> Bool { self.form == .other && text[self.range.lowerBound] == UInt8(ascii: "{") }

    fileprivate func isTrue(in text: Span<UInt8>) -> Bool { self.form == .other && text[self.range.lowerBound] == UInt8(ascii: "t") }

    /// A whole number, or 255 where it is larger; nil for anything else.
    fileprivate func smallCount(in text: Span<UInt8>) -> UInt8? {
        guard case .value(let count) = self.count(in: text) else { return nil }
        return UInt8(clamping: count)
    }

    /// The value as one of a set of words, compared without regard to ASCII case; nil if it is none of them.
    fileprivate func word<Words: WordSet>(in text: Span<UInt8>) -> Words? {
        guard self.form == .string else { return nil }
        for candidate in Words.allCases where self.isWord(candidate.word, in: text) { return candidate }
        return nil
    }
}
