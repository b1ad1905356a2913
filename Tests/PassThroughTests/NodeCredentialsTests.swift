import HTTPServer
import NIOCore
import NetworkAddresses
import PassThrough
import Testing

/// What a home believes about who sent it a request.
@Suite struct NodeCredentialsTests {
    private static let target = "/read?appID=1&side=A"

    /// The fields that a node adds for a client.
    private static func fields(_ rig: PassRig, client: String = "2001:db8::7", to home: String = PassRig.home) throws -> String {
        let head = try rig.head(Self.target, "")
        let address = try #require(ClientAddress(client))
        let passed = String(buffer: PassedRequest.bytes(of: head, client: address, by: "n", to: home, PassRig.credentials))
        let start = try #require(passed.firstRange(of: "NT-Node-")).lowerBound
        return String(passed[start...].dropLast())
    }

    private static func verdict(
        _ rig: PassRig, _ fields: String, target: String = target, key: [UInt8] = Array(0..<32)
    ) throws -> NodeCredentials.Verdict {
        NodeCredentials(key: key).verdict(on: try rig.head(target, fields), home: PassRig.home)
    }

    @Test(arguments: ["2001:db8::7", "192.0.2.9"]) func aHomeKnowsWhomANodePassesItFor(client: String) throws {
        let rig = try PassRig()
        let fields = try Self.fields(rig, client: client)
        #expect(try Self.verdict(rig, fields) == .passed(try #require(ClientAddress(client)), by: "n"))
        #expect(
            try Self.verdict(rig, "X-A: b\r\n" + fields.lowercasedNames + "X-C: d\r\n")
                == .passed(try #require(ClientAddress(client)), by: "n"))
    }

    @Test func withoutSuchFieldsNobodyClaimsAnything() throws {
        let rig = try PassRig()
        #expect(try Self.verdict(rig, "X-NT-Node-Client: 1.2.3.4\r\nNT-Node: x\r\n") == .absent)
    }

    @Test func nothingOfItCanBeChanged() throws {
        let rig = try PassRig()
        let fields = try Self.fields(rig)
        #expect(try Self.verdict(rig, fields, target: "/read?appID=1&side=B") == .forged)
        #expect(try Self.verdict(rig, fields, key: Array(1..<33)) == .forged)
        #expect(try Self.verdict(rig, fields.replacing("db8::7", with: "db8::8")) == .forged)
        #expect(try Self.verdict(rig, fields.replacing("From: n", with: "From: m")) == .forged)
        #expect(try Self.verdict(rig, try Self.fields(rig, to: "00000000000000a2")) == .forged)
        #expect(try Self.verdict(rig, fields + "NT-Node-Client: 2001:db8::7\r\n") == .forged)
        #expect(try Self.verdict(rig, fields + fields) == .forged)
        #expect(try Self.verdict(rig, fields + "NT-Node-More: x\r\n") == .forged)
        let lines = fields.split(separator: "\r\n")
        for line in lines { #expect(try Self.verdict(rig, line + "\r\n") == .forged) }
        let proof = Array(lines[2].utf8)
        let others = lines[0] + "\r\n" + lines[1] + "\r\n"
        for at in proof.indices.dropFirst("NT-Node-Auth: ".utf8.count) {
            var changed = proof
            changed[at] = changed[at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try Self.verdict(rig, others + String(decoding: changed, as: UTF8.self) + "\r\n") == .forged)
        }
        for other in [proof.dropLast(), proof + [0x41], proof + [0x3D]] {
            #expect(try Self.verdict(rig, others + String(decoding: other, as: UTF8.self) + "\r\n") == .forged)
        }
    }

    /// What a client sends of the kind does not get past the node it is sent to.
    @Test func aClientCannotSpeakForANode() throws {
        let rig = try PassRig()
        let fields = try Self.fields(rig)
        let head = try rig.head(Self.target, fields + "nt-node-x: 1\r\nA: b\r\n")
        let passed = PassedRequest.bytes(of: head, client: .v4(0x0102_0304), by: "n", to: PassRig.home, PassRig.credentials)
        let text = String(buffer: passed)
        #expect(text.split(separator: "\r\n").count { $0.lowercased().hasPrefix("nt-node-") } == 3)
        let rest = String(text[try #require(text.firstRange(of: "A: b")).lowerBound...].dropLast())
        #expect(try Self.verdict(rig, rest) == .passed(.v4(0x0102_0304), by: "n"))
    }
}

extension String {
    fileprivate var lowercasedNames: String {
        self.replacing("NT-Node-Client", with: "nt-node-client").replacing("NT-Node-Auth", with: "nt-NODE-auth")
    }
}
