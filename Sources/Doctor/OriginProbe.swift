import DoctorCore
import OutgoingHTTP
import SignalingClient
import TimeKeeping

/// Asks as a browser does for a page of some origin: may it send this, and may it read the response?
struct OriginProbe: Sendable {
    let probe: SignalingProbe
    let trusted: String?
    let origin: String

    func outcome() async -> OriginOutcome {
        let http: OutgoingHTTP
        do { http = try OutgoingHTTP(trusted: self.trusted) } catch { return .unanswered("\(error)") }
        let outcome = await self.outcome(http)
        await http.stop()
        return outcome
    }

    private func outcome(_ http: OutgoingHTTP) async -> OriginOutcome {
        do throws(OutgoingError) {
            let response = try await http.fetch(self.request(.get, "/rendezvous/server"))
            guard response.status == 200 else { return .refused(SignalingProbe.reply(response.status, response.body)) }
            let allowed = Self.allowed(response)
            guard self.isAllowed(allowed) else { return .unreadable(allowed) }
            // The bodies of mint and redeem are JSON, for which a browser asks first.
            let preflight = try await http.fetch(
                self.request(
                    .options, "/rendezvous/redeem",
                    [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")]))
            let fields = Self.values("Access-Control-Allow-Headers", of: preflight).joined(separator: ",").lowercased()
            guard (200..<300).contains(preflight.status), self.isAllowed(Self.allowed(preflight)), fields.contains("content-type") else {
                return .notAsked(preflight.status)
            }
            return .allowed
        } catch {
            return .unanswered(error.reason)
        }
    }

    private func request(_ method: OutgoingRequest.Method, _ path: String, _ fields: [(name: String, value: String)] = [])
        -> OutgoingRequest
    {
        let address = self.probe.address
        return OutgoingRequest(
            method, "\(address.isSecure ? "https" : "http")://\(address.authority)\(address.path)\(path)",
            headers: [("Origin", self.origin)] + fields, timeout: .milliseconds(Int64(self.probe.limit / .milliseconds(1))),
            largestBody: 65_536)
    }

    /// Browsers take one value, and refuse two.
    private func isAllowed(_ values: [String]) -> Bool { values == ["*"] || values == [self.origin] }

    private static func allowed(_ response: OutgoingResponse) -> [String] { self.values("Access-Control-Allow-Origin", of: response) }

    private static func values(_ name: String, of response: OutgoingResponse) -> [String] {
        response.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}
