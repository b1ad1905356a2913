import Testing

@testable import soak

@Suite struct CodeRegisterTests {
    private let register = CodeRegister()

    private func minted(_ code: String, _ appID: String, livesUntil: UInt64 = 100) -> CodeRegister.Minted {
        CodeRegister.Minted(code: code, appID: appID, livesUntil: livesUntil)
    }

    @Test func aLiveCodeIsNotMintedAgain() {
        #expect(self.register.minted(self.minted("1234", "x"), at: 0))
        #expect(!self.register.minted(self.minted("1234", "y"), at: 99))
    }

    @Test func anExpiredOrReleasedCodeIs() {
        #expect(self.register.minted(self.minted("1234", "x"), at: 0))
        #expect(self.register.minted(self.minted("1234", "y", livesUntil: 200), at: 100))
        self.register.release(self.minted("1234", "y"))
        #expect(self.register.minted(self.minted("1234", "z"), at: 101))
    }

    @Test func aCodeThatWasHitIsToldToItsOwnerOnceAndMayBeMintedAgain() {
        #expect(self.register.minted(self.minted("1234", "x"), at: 0))
        self.register.hit("1234", "x")
        #expect(self.register.minted(self.minted("1234", "y"), at: 1))
        #expect(self.register.wasHit("x"))
        #expect(!self.register.wasHit("x"))
        #expect(!self.register.wasHit("y"))
    }

    @Test func aHitOfAFormerLifeLeavesTheCodeOut() {
        #expect(self.register.minted(self.minted("1234", "y"), at: 0))
        self.register.hit("1234", "x")
        #expect(!self.register.minted(self.minted("1234", "z"), at: 1))
    }
}
