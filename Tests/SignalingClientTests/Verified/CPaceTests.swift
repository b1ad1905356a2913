import SignalingClientNIO
import Testing

@testable import SignalingClient

@Suite struct CPaceTests {
    private let crypto = SwiftCryptoPairing()

    @Test func theDraftsOwnVector() throws {
        let json = try #require(Vectors.all["cpace"])
        let generator = Vector(json: try #require(json["generator"]))
        let shares = Vector(json: try #require(json["shares"]))
        let string = CPace.generatorString(
            password: generator.bytes("PRS"), channel: generator.bytes("CI"), sid: generator.bytes("sid"))
        #expect(string == generator.bytes("generatorString"))
        let hash = Array(self.crypto.sha512(string).prefix(32))
        #expect(hash == generator.bytes("hash"))
        #expect(elligator2(hash) == generator.bytes("g"))
        #expect(self.crypto.x25519(scalar: shares.bytes("ya"), u: generator.bytes("g")) == shares.bytes("Ya"))
        #expect(self.crypto.x25519(scalar: shares.bytes("yb"), u: generator.bytes("g")) == shares.bytes("Yb"))
        #expect(self.crypto.x25519(scalar: shares.bytes("ya"), u: shares.bytes("Yb")) == shares.bytes("K"))
    }

    @Test func pointsOfLowOrderLeadToNothing() throws {
        let vector = Vector(json: try #require(Vectors.all["cpace"]?["scalarMultVfy"]))
        let points = vector.json["points"].list.map(Vector.init)
        #expect(points.count == 12)
        let cpace = CPace(crypto: self.crypto, sid: [])
        for point in points {
            let result = cpace.commonPoint(scalar: vector.bytes("s"), othersShare: point.bytes("u"))
            #expect(result == (point.json["mustAbort"] == true ? nil : point.bytes("result")), "\(point.text("u"))")
        }
    }

    @Test func lengths() {
        let lengths = Vectors.all["pieces"]?["lengths"].list ?? []
        #expect(lengths.count == 8)
        for length in lengths { #expect(leb128(length["length"]?.integer ?? -1) == bytesOfHex(length["leb128"]?.string ?? "")) }
    }

    @Test func mapsToTheCurve() {
        let maps = Vectors.all["pieces"]?["maps"].list.map(Vector.init) ?? []
        #expect(maps.count == 8)
        for map in maps { #expect(elligator2(map.bytes("input")) == map.bytes("u"), "\(map.text("input"))") }
    }

    @Test func derivesKeys() throws {
        let vector = Vector(json: try #require(Vectors.all["pieces"]?["hkdf"]))
        let key = self.crypto.hkdf(salt: vector.bytes("salt"), secret: vector.bytes("secret"), info: vector.bytes("info"), count: 32)
        #expect(key == vector.bytes("result"))
    }

    @Test(arguments: Vectors.pairings) func valuesOf(vector: Vector) throws {
        let sid = try #require(bytesOfUUID(vector.text("appID")))
        #expect(sid == vector.bytes("sid"))
        #expect(vector.secret.password == vector.bytes("PRS"))
        #expect(CPace.channel == vector.bytes("CI"))
        let string = CPace.generatorString(password: vector.bytes("PRS"), channel: CPace.channel, sid: sid)
        #expect(string == vector.bytes("generatorString"))
        let cpace = CPace(crypto: self.crypto, sid: sid)
        let generator = cpace.generator(for: vector.secret)
        #expect(generator == vector.bytes("g"))
        #expect(cpace.share(scalar: vector.bytes("ya"), generator: generator) == vector.bytes("Ya"))
        #expect(cpace.share(scalar: vector.bytes("yb"), generator: generator) == vector.bytes("Yb"))
        let point = try #require(cpace.commonPoint(scalar: vector.bytes("ya"), othersShare: vector.bytes("Yb")))
        #expect(point == vector.bytes("K"))
        #expect(cpace.commonPoint(scalar: vector.bytes("yb"), othersShare: vector.bytes("Ya")) == point)
        let (a, b) = (vector.bytes("Ya"), vector.bytes("Yb"))
        #expect(cpace.intermediateKey(by: vector.secret.kind, point: point, shareOfA: a, shareOfB: b) == vector.bytes("ISK"))
        let keys = cpace.keys(by: vector.secret.kind, point: point, shareOfA: a, shareOfB: b)
        #expect(keys.a == vector.bytes("keyA"))
        #expect(keys.b == vector.bytes("keyB"))
    }
}

@Suite struct FieldElementTests {
    /// Two numbers of 32 bytes, modulo 2^255 − 19, a byte at a time.
    private static func product(_ one: [UInt8], _ other: [UInt8]) -> [UInt8] {
        var columns = [Int](repeating: 0, count: 64)
        for i in 0..<32 { for j in 0..<32 { columns[i + j] += Int(one[i]) * Int(other[j]) } }
        return Self.reduced(columns)
    }

    private static func reduced(_ columns: [Int]) -> [UInt8] {
        var rest = columns + [Int](repeating: 0, count: 64 - columns.count)
        for _ in 0..<4 {
            for index in 0..<63 {
                rest[index + 1] += rest[index] >> 8
                rest[index] &= 255
            }
            // 2^256 is 38.
            for index in 32..<64 {
                rest[index - 32] += rest[index] * 38
                rest[index] = 0
            }
        }
        for _ in 0..<3 {
            for index in 0..<31 {
                rest[index + 1] += rest[index] >> 8
                rest[index] &= 255
            }
            rest[0] += (rest[31] >> 7) * 19
            rest[31] &= 127
        }
        for index in 0..<31 {
            rest[index + 1] += rest[index] >> 8
            rest[index] &= 255
        }
        let modulus = [237] + [Int](repeating: 255, count: 30) + [127]
        if Array(rest.prefix(32).reversed()).lexicographicallyPrecedes(Array(modulus.reversed())) {
            return rest.prefix(32).map { UInt8($0) }
        }
        var borrow = 0
        return (0..<32).map { index in
            let difference = rest[index] - modulus[index] - borrow
            borrow = difference < 0 ? 1 : 0
            return UInt8(difference & 255)
        }
    }

    /// What a carry that is forgotten goes wrong with.
    private static let edges: [[UInt8]] = {
        let ones = [UInt8](repeating: 255, count: 32)
        let modulus = [237] + [UInt8](repeating: 255, count: 30) + [127]
        let zero = [UInt8](repeating: 0, count: 32)
        return [
            zero, [1] + zero.dropFirst(), ones, modulus, [236] + modulus.dropFirst(), [238] + modulus.dropFirst(), [18] + zero.dropFirst(),
        ]
    }()

    private static func values(_ count: Int) -> [[UInt8]] {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        return Self.edges
            + (0..<count).map { _ in
                (0..<32).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(truncatingIfNeeded: state >> 56)
                }
            }
    }

    private static func low(_ bytes: [UInt8]) -> [Int] { bytes.dropLast().map(Int.init) + [Int(bytes[31] & 127)] }

    @Test func readsAndWrites() {
        for value in Self.values(50) { #expect(FieldElement(value).bytes == Self.reduced(Self.low(value))) }
    }

    @Test func multipliesAddsAndSubtracts() {
        let values = Self.values(12)
        for one in values {
            for other in values {
                let (a, b) = (FieldElement(one), FieldElement(other))
                let (lowA, lowB) = (Self.low(one), Self.low(other))
                #expect((a * b).bytes == Self.product(lowA.map { UInt8($0) }, lowB.map { UInt8($0) }))
                #expect((a + b).bytes == Self.reduced(zip(lowA, lowB).map { $0 + $1 }))
                #expect((a - b + b).bytes == a.bytes)
                #expect(((a - b) * (a + b)).bytes == (a * a - b * b).bytes)
            }
        }
    }

    @Test func inverts() {
        for value in Self.values(10) {
            let element = FieldElement(value)
            let isZero = element.bytes == FieldElement.zero.bytes
            #expect((element * element.inverse).bytes == (isZero ? FieldElement.zero : .one).bytes)
            #expect((element * element).legendre.bytes == (isZero ? FieldElement.zero : .one).bytes)
            // 2 is no square.
            #expect((element * element * FieldElement(small: 2)).legendre.bytes == (isZero ? FieldElement.zero : -FieldElement.one).bytes)
        }
    }
}
