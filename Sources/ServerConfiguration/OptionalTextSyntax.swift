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
