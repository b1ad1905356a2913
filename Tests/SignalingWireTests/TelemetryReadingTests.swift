import SignalingWire
import Testing

/// A telemetry frame with these members behind its type; nil if its event is none.
private func telemetry(_ members: String) throws -> Telemetry? {
    let bytes = Array(#"{"type":"telemetry",\#(members)}"#.utf8)
    return Telemetry(try EnvelopeScanner.scan(bytes.span), in: bytes.span)
}

private func failure(_ members: String) throws -> Telemetry {
    try #require(try telemetry(#""event":"ice-failed",\#(members)"#))
}

@Suite struct TelemetryReadingTests {
    @Test func theEventIsOneOfThree() throws {
        #expect(try telemetry(#""event":"ice-connected""#) == Telemetry(.connected))
        #expect(try telemetry(#""event":"ICE-Failed""#) == Telemetry(.failed))
        #expect(try telemetry(#""event":"ice-\u0072estart""#) == Telemetry(.restart))
        for event in [#""event":"ice-maybe""#, #""event":1"#, #""event":null"#, #""reason":"timeout""#] {
            #expect(try telemetry(event) == nil)
        }
    }

    @Test(arguments: [
        ("direct", Telemetry.Mode.direct), ("RELAY", .relay), ("host", .host), ("srflx", .srflx), ("prflx", .prflx),
        ("unspecified", .unspecified), ("pigeon", .other), ("", .other),
    ])
    func modes(word: String, mode: Telemetry.Mode) throws {
        #expect(try telemetry(#""event":"ice-connected","mode":"\#(word)""#)?.mode == mode)
    }

    @Test(arguments: [
        ("ice-failed", Telemetry.Reason.iceFailed), ("timeout", .timeout), ("Disconnected", .disconnected), ("closed", .closed),
        ("no-candidates", .noCandidates), ("verification-failed", .verificationFailed), ("dtls-failed", .dtlsFailed),
        ("peer-left", .peerLeft), ("signaling-lost", .signalingLost), ("gremlins", .other),
    ])
    func reasons(word: String, reason: Telemetry.Reason) throws {
        #expect(try failure(#""reason":"\#(word)""#).reason == reason)
    }

    @Test func whatIsAbsentHasItsOldMeaning() throws {
        for value in ["null", ""] {
            let members = value.isEmpty ? "" : #","mode":null,"reason":null"#
            let report = try #require(try telemetry(#""event":"ice-failed"\#(members)"#))
            #expect(report.mode == .unspecified && report.reason == .iceFailed)
        }
        #expect(try failure(#""reason":7,"mode":[]"#).reason == .other)
    }

    // MARK: - Counts

    @Test func candidatesAreCountedByType() throws {
        let report = try failure(
            #""candidates":{"host":2,"srflx":1,"relay":0,"prflx":3,"mdns":2},"remote":{"relay":1},"servers":{"stun":1,"turn":2},"pairs":7"#)
        #expect(report.candidates == CandidateCounts(host: 2, srflx: 1, relay: 0, prflx: 3, mdns: 2))
        #expect(report.remote == CandidateCounts(relay: 1))
        #expect(report.servers == ServerCounts(stun: 1, turn: 2))
        #expect(report.pairs == 7)
    }

    @Test func whatIsNotToldIsNotNone() throws {
        let report = try failure(#""x":1"#)
        #expect(report.candidates == nil && report.remote == nil && report.servers == nil && report.pairs == nil)
        #expect(try failure(#""candidates":{}"#).candidates == CandidateCounts())
        for value in ["null", "7", #""host""#, #"["host",1]"#, "true"] {
            let report = try failure(#""candidates":\#(value),"servers":\#(value),"selected":\#(value)"#)
            #expect(report.candidates == nil && report.servers == nil && report.selected == SelectedPair(), "\(value)")
        }
    }

    @Test func countsEndAt255() throws {
        for (value, count) in [("255", 255), ("256", 255), ("99999999999999999999", 255), ("0", 0)] as [(String, UInt8)] {
            let report = try failure(#""candidates":{"host":\#(value)},"servers":{"turn":\#(value)},"pairs":\#(value)"#)
            #expect(report.candidates?.host == count && report.servers?.turn == count && report.pairs == count, "\(value)")
        }
    }

    @Test func whatIsNoCountCountsAsNone() throws {
        for value in ["-1", "1.0", "1e2", #""1""#, "null", "{}", "[1]", "true"] {
            let report = try failure(#""candidates":{"host":\#(value),"srflx":1},"servers":{"stun":\#(value)},"pairs":\#(value)"#)
            #expect(report.candidates == CandidateCounts(srflx: 1) && report.servers == ServerCounts() && report.pairs == nil, "\(value)")
        }
    }

    @Test func unknownMembersAreNoMatter() throws {
        let report = try failure(
            #""candidates":{"pigeon":9,"host":1,"Host":4,"nested":{"host":5}},"servers":{"smtp":1},"elapsedMs":12,"y":{}"#)
        #expect(report.candidates == CandidateCounts(host: 1) && report.servers == ServerCounts())
    }

    @Test func ofARepeatedKeyTheLastCounts() throws {
        let report = try failure(
            #""candidates":{"host":9},"candidates":{"srflx":1,"srflx":2},"errors":[401],"errors":[],"resumed":true,"resumed":false"#)
        #expect(report.candidates == CandidateCounts(srflx: 2) && report.errors == [] && !report.isResumed)
        #expect(try failure(#""candidates":{"host":9},"candidates":null"#).candidates == nil)
    }

    @Test func keysAndWordsMayBeEscaped() throws {
        let report = try failure(#""c\u0061ndidates":{"h\u006Fst":3},"dtls":"f\u0061iled""#)
        #expect(report.candidates == CandidateCounts(host: 3) && report.isDTLSFailed)
    }

    @Test func whiteSpaceIsNoMatter() throws {
        let report = try failure(#" "candidates" : { "host" : 3 , "relay" : 1 } , "errors" : [ 401 , 701 ] "#)
        #expect(report.candidates == CandidateCounts(host: 3, relay: 1) && report.errors == [.refused, .unreached])
    }

    // MARK: - Errors

    @Test(
        arguments: [
            ("[]", []), ("[300]", []), ("[399]", []), ("[400]", .refused), ("[401,486]", .refused), ("[499]", .refused), ("[500]", []),
            ("[508]", .refused), ("[701]", .unreached), ("[701,403,701]", [.refused, .unreached]), ("[799]", []),
            (#"["401",401.0,-401,null,{}]"#, []),
            ("401", []), ("{}", []), ("[99999999999999999999999]", []),
        ] as [(String, CandidateErrors)])
    func errorsAreOfTwoKinds(value: String, errors: CandidateErrors) throws {
        #expect(try failure(#""errors":\#(value)"#).errors == errors)
    }

    @Test func theFirstSixteenErrorsCount() throws {
        func list(_ before: Int) -> String { "[" + String(repeating: "300,", count: before) + "401]" }
        #expect(try failure(#""errors":\#(list(15))"#).errors == .refused)
        #expect(try failure(#""errors":\#(list(16))"#).errors == [])
    }

    // MARK: - The pair and the states

    @Test(
        arguments: [
            (#"{"local":"relay","remote":"srflx"}"#, true), (#"{"local":"host","remote":"RELAY"}"#, true),
            (#"{"local":"host","remote":"prflx"}"#, false),
            (#"{"local":"srflx"}"#, false), (#"{"local":"pigeon"}"#, nil), (#"{"local":"direct"}"#, nil), ("{}", nil),
        ] as [(String, Bool?)])
    func aPairIsRelayedIfEitherEndIs(value: String, isRelayed: Bool?) throws {
        #expect(try failure(#""selected":\#(value)"#).selected.isRelayed == isRelayed)
    }

    @Test func theWayToTheRelay() throws {
        for (word, transport) in [("udp", SelectedPair.Transport.udp), ("TCP", .tcp), ("tls", .tls), ("pigeon", nil)] {
            let report = try failure(#""selected":{"local":"relay","protocol":"udp","relayProtocol":"\#(word)"}"#)
            #expect(report.selected.relayTransport == transport)
        }
    }

    @Test func statesThatFailed() throws {
        for (value, isFailed) in [
            (#""failed""#, true), (#""Failed""#, true), (#""connecting""#, false), (#""made-up""#, false), ("true", false),
        ] {
            let report = try failure(#""dtls":\#(value),"ice":\#(value)"#)
            #expect(report.isDTLSFailed == isFailed && report.isICEFailed == isFailed, "\(value)")
        }
    }

    @Test func onlyTrueIsResumed() throws {
        for (value, isResumed) in [("true", true), ("false", false), ("1", false), (#""true""#, false), ("null", false), ("{}", false)] {
            #expect(try failure(#""resumed":\#(value)"#).isResumed == isResumed, "\(value)")
        }
    }

    @Test func namesAloneAreToldFromAddresses() {
        #expect(CandidateCounts(host: 2, mdns: 2).isMDNSAlone && CandidateCounts(host: 1, mdns: 255).isMDNSAlone)
        for counts in [
            CandidateCounts(), CandidateCounts(host: 2, mdns: 1), CandidateCounts(host: 2, srflx: 1, mdns: 2), CandidateCounts(mdns: 2),
        ] { #expect(!counts.isMDNSAlone) }
    }
}
