import ICECore

extension ValueSyntax where Value == ICEServerList? {
    static var iceServers: Self {
        let allowed = #"must be a JSON array such as [{"urls":["stun:stun.example.org"]}], or stun: URLs separated by commas"#
        return Self(
            placeholder: "servers",
            allowed: allowed,
            parse: { text in text.isEmpty ? .some(nil) : (try? ICEServerList(parsing: text)).map { .some($0) } },
            print: { $0.map(\.shown) ?? "" },
            explain: { text in
                // What has no colon is nothing of the kind.
                guard text.contains(":") else { return nil }
                do throws(ICEListFault) {
                    _ = try ICEServerList(parsing: text)
                    return nil
                } catch {
                    return "\(allowed): \(error.reason)"
                }
            },
            // Credentials may be in there, also where it cannot be read.
            hide: { text in text.contains { "\"{@".contains($0) } ? "<hidden>" : text })
    }
}

extension ValueSyntax where Value == [ICEURL] {
    static var turnURLs: Self {
        .list(
            placeholder: "turns",
            allowed:
                "must be turn: or turns: URLs separated by commas, as in turn:turn.example.org:3478,turns:turn.example.org:443?transport=tcp",
            item: { text in (try? ICEURL(text)).flatMap { $0.isTURN ? $0 : nil } },
            print: { $0.text },
            explain: { text in
                guard text.contains(":") else { return nil }
                for (index, part) in text.listItems.enumerated() {
                    do throws(ICEURL.Fault) {
                        if try !ICEURL(part).isTURN {
                            return "URL \(index + 1) is of a STUN server, which needs no secret: name it in ICE_SERVERS"
                        }
                    } catch {
                        return "URL \(index + 1) \(error.reason)"
                    }
                }
                return nil
            },
            hide: { $0.contains("@") ? "<hidden>" : $0 })
    }
}

extension ValueSyntax where Value == String? {
    /// Text that is used as it is: in a header field, or as a key.
    static var secretText: Self {
        Self(
            placeholder: "secret",
            allowed: "must be 1 to 1024 printable ASCII characters, without blanks at its ends",
            parse: { text in text.isEmpty ? .some(nil) : isSecretText(text) ? .some(text) : nil },
            print: { $0 ?? "" })
    }
}

/// Whether a text is one that two programs cannot read differently.
package func isSecretText(_ text: String) -> Bool {
    (1...1024).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.trimmingSpaces() == text
}
