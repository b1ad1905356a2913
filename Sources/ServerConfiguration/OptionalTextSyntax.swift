extension ValueSyntax where Value == String? {
    /// The path only: the code that reads the file checks the file and reports on it.
    static var file: Self {
        Self(
            placeholder: "file",
            allowed: "must be the path of a file",
            parse: { text in text.isEmpty ? .some(nil) : text.utf8.contains(0) ? nil : .some(text) },
            print: { $0 ?? "" })
    }

    /// A path that is neither in `taken` nor under `folders`, or empty for none.
    static func route(besides taken: Set<String>, under folders: Set<String>) -> Self {
        Self(
            placeholder: "path",
            allowed: "must be a path that starts with / and is none of "
                + taken.sorted().joined(separator: ", ") + ", nor under " + folders.sorted().joined(separator: " or ")
                + "; or empty, to turn metrics off",
            parse: { text in
                if text.isEmpty { return .some(nil) }
                let plain = text.unicodeScalars.allSatisfy { $0 > " " && $0 < "\u{7f}" && $0 != "?" && $0 != "#" && $0 != "%" }
                let isFree = !taken.contains(text) && !folders.contains { text.hasPrefix($0) }
                return text.hasPrefix("/") && plain && text.utf8.count <= 255 && isFree ? .some(text) : nil
            },
            print: { $0 ?? "" },
            emptyIsValue: true)
    }
}

extension ValueSyntax where Value == String {
    /// The beginning of paths: segments of letters, digits, `-`, `.`, `_` and `~`, none of them a dot or two, and none of the server's own first; or
    /// empty for none. A slash at the end counts for nothing.
    static func basePath(besides taken: Set<String>, under folders: Set<String>) -> Self {
        let own = Set((taken.union(folders)).compactMap { $0.split(separator: "/").first })
        return Self(
            placeholder: "path",
            allowed: "must be a path as /signal, of letters, digits, -, ., _ and ~, that does not begin with "
                + own.map { "/" + $0 }.sorted().joined(separator: ", ") + "; or empty, for none",
            parse: { text in
                let segments = text.split(separator: "/")
                if segments.isEmpty { return text.isEmpty || text == "/" ? "" : nil }
                let isPlain = segments.allSatisfy { $0 != "." && $0 != ".." && $0.utf8.allSatisfy(Self.isUnreserved) }
                let path = "/" + segments.joined(separator: "/")
                guard isPlain, text == path || text == path + "/", path.utf8.count <= 255, !own.contains(segments[0]) else { return nil }
                return path
            },
            print: { $0 })
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }
}
