/// The files that this server serves, by their paths. They are few.
package struct StaticFiles: Sendable {
    private let files: [StaticFile]

    package init(_ files: [StaticFile] = []) { self.files = files }

    func file(at path: Range<Int>, in target: Span<UInt8>) -> StaticFile? {
        // Nearly all requests are for something else.
        for file in self.files where target.equals(text: file.path, in: path) { return file }
        return nil
    }
}
