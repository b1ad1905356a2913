package import NetworkAddresses

/// What somebody wants to do.
package enum AccessAction: String, Sendable {
    case mint, redeem
}

/// What a webhook is asked: a JSON object. The caller's Authorization goes beside it, as the field that it came in.
package struct WebhookQuestion: Sendable {
    package let action: AccessAction
    package let client: ClientAddress
    /// Nil where no page asks.
    package let origin: String?

    package init(action: AccessAction, client: ClientAddress, origin: String?) {
        self.action = action
        self.client = client
        self.origin = origin
    }

    package var body: [UInt8] {
        let origin = self.origin.map(Self.quoted) ?? "null"
        return Array(#"{"action":"\#(self.action.rawValue)","client":"\#(self.client.text)","origin":\#(origin)}"#.utf8)
    }

    /// A client chooses its Origin.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar.value < 0x20 {
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
