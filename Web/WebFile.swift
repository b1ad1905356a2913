/// A file that is served, as it was in one of the folders beside this file when the server was built. `Tools/embed-web` writes `WebFile.all`;
/// the plugin `EmbedWeb` runs it whenever one of the files has changed.
package struct WebFile: Sendable {
    package enum Folder: Sendable { case client, demo, interface }

    package let folder: Folder
    package let name: String
    package let text: StaticString
    /// Whether `text` is Base64 without padding, as what is no text itself has to be.
    package let isBase64: Bool
}
