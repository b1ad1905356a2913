import OperationCore
import Testing

@Suite struct CertificateWatchTests {
    @Test func filesThatAreWhatTheyWereAreLeftAlone() {
        let watch = CertificateWatch(served: 1)
        #expect(!watch.isWorthReading(1))
        #expect(watch.isWorthReading(2))
    }

    @Test func aRenewedPairIsReadOnce() {
        var watch = CertificateWatch(served: 1)
        #expect(watch.wasRead(2, complaint: nil) == .renewed)
        #expect(!watch.isWorthReading(2))
    }

    /// Its files may be what they were: what was wrong may have been something else, such as permissions.
    @Test func whatCannotBeUsedIsTriedAtEachLookAndSaidOnce() {
        var watch = CertificateWatch(served: 1)
        #expect(watch.wasRead(2, complaint: "half") == .cannotBeUsed("half"))
        for _ in 0..<3 {
            #expect(watch.isWorthReading(2))
            #expect(watch.wasRead(2, complaint: "half") == .nothing)
        }
        #expect(watch.wasRead(3, complaint: "not the key") == .cannotBeUsed("not the key"))
        #expect(watch.wasRead(4, complaint: nil) == .renewed)
        #expect(!watch.isWorthReading(4))
    }

    @Test func theNextFaultIsSaidAgain() {
        var watch = CertificateWatch(served: 1)
        #expect(watch.wasRead(2, complaint: "half") == .cannotBeUsed("half"))
        #expect(watch.wasRead(1, complaint: nil) == .renewed)
        #expect(watch.wasRead(3, complaint: "half") == .cannotBeUsed("half"))
    }
}
