import ByteScan
import SignalingWire

extension ICEServerList {
    /// A JSON array of RTCIceServer (or one alone), or URLs separated by commas.
    package init(parsing text: String) throws(ICEListFault) {
        let trimmed = text.drop { $0.isWhitespace }
        if trimmed.first == "[" || trimmed.first == "{" {
            try self.init(json: Array(text.utf8))
        } else {
            try self.init(urls: text)
        }
    }

    private init(urls text: String) throws(ICEListFault) {
        self.init()
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        var urls: [ICEURL] = []
        for (index, part) in parts.enumerated() {
            do throws(ICEURL.Fault) {
                urls.append(try ICEURL(part.trimmingBlanks()))
            } catch {
                throw ICEListFault("URL \(index + 1) \(error.reason)")
            }
        }
        self.add(urls, nil)
        try self.checkCount()
    }

    package init(json: [UInt8]) throws(ICEListFault) {
        guard UTF8Validator.isWhole(json.span) else { throw ICEListFault("it is not UTF-8") }
        try self.init(json.span)
    }

    /// The text must be UTF-8.
    init(_ text: Span<UInt8>) throws(ICEListFault) {
        self.init()
        if let elements = JSONArray.elements(of: text) {
            for (index, element) in elements.enumerated() {
                do throws(ICEListFault) {
                    try self.addServer(text.extracting(element.range))
                } catch {
                    throw ICEListFault("server \(index + 1) \(error.reason)")
                }
                try self.checkCount()
            }
        } else {
            do throws(ICEListFault) {
                try self.addServer(text)
            } catch {
                throw ICEListFault("the list \(error.reason)")
            }
            try self.checkCount()
        }
    }

    private func checkCount() throws(ICEListFault) {
        if self.urlCount > Self.mostURLs { throw ICEListFault("there are more than \(Self.mostURLs) URLs") }
    }

    // MARK: - One server

    private mutating func addServer(_ text: Span<UInt8>) throws(ICEListFault) {
        // Twilio's has both `urls` and the older `url`.
        var urls = try Self.member("urls", of: text)
        if !urls.isPresent { urls = try Self.member("url", of: text) }
        guard urls.isPresent else { throw ICEListFault("has no urls") }
        let username = try Self.text("username", of: text)
        let credential = try Self.text("credential", of: text)
        let kind = try Self.member("credentialType", of: text)
        guard !kind.isPresent || kind.form == .null || kind.isWord("password", in: text) else {
            throw ICEListFault("has a credentialType other than password, which browsers do not know")
        }
        let read = try Self.urls(urls, in: text)
        guard read.contains(where: \.isTURN) else { return self.add(read, nil) }
        switch (username, credential) {
        case (let username?, let credential?): self.add(read, (username, credential))
        case (nil, nil): self.add(read, nil)
        case (_?, nil): throw ICEListFault("has a username, and no credential")
        case (nil, _?): throw ICEListFault("has a credential, and no username")
        }
    }

    private static func urls(_ field: Envelope.Field, in text: Span<UInt8>) throws(ICEListFault) -> [ICEURL] {
        if field.form == .string { return [try Self.url(field, in: text)] }
        let inner = text.extracting(field.range)
        guard let elements = JSONArray.elements(of: inner), !elements.isEmpty else {
            throw ICEListFault("has urls that are neither a string nor an array of some")
        }
        guard elements.count <= Self.mostURLs else { throw ICEListFault("has more than \(Self.mostURLs) URLs") }
        var urls: [ICEURL] = []
        for element in elements { urls.append(try Self.url(element, in: inner)) }
        return urls
    }

    private static func url(_ field: Envelope.Field, in text: Span<UInt8>) throws(ICEListFault) -> ICEURL {
        guard field.form == .string else { throw ICEListFault("has a URL that is no string") }
        guard let characters = field.characters(in: text, atMost: ICEURL.longest) else {
            throw ICEListFault("has a URL that is not ASCII, or too long")
        }
        do throws(ICEURL.Fault) {
            return try ICEURL(String(decoding: characters, as: UTF8.self))
        } catch {
            throw ICEListFault("has a URL that \(error.reason)")
        }
    }

    /// A string's text as it is written between its quotes; nil where there is none.
    private static func text(_ name: StaticString, of object: Span<UInt8>) throws(ICEListFault) -> String? {
        let field = try Self.member(name, of: object)
        switch field.form {
        case .absent, .null: return nil
        case .number, .other: throw ICEListFault("has a \(name) that is no string")
        case .string: break
        }
        let content = field.content
        guard content.count <= Self.longestCredential else {
            throw ICEListFault("has a \(name) of more than \(Self.longestCredential) bytes")
        }
        if content.isEmpty { return nil }
        return String(decoding: content.map { object[$0] }, as: UTF8.self)
    }

    private static func member(_ name: StaticString, of object: Span<UInt8>) throws(ICEListFault) -> Envelope.Field {
        do throws(JSONObject.Refusal) {
            return try JSONObject.member(name, of: object)
        } catch {
            switch error {
            case .invalid: throw ICEListFault("is not JSON")
            case .notAnObject: throw ICEListFault("is no object such as {\"urls\":[\"stun:stun.example.org\"]}")
            }
        }
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        let kept = self.drop { $0.isWhitespace }
        return kept.lastIndex { !$0.isWhitespace }.map { kept[...$0] } ?? ""
    }
}
