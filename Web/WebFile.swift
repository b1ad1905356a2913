/// A file that browsers are sent: what `client` and `demo` beside this file held when the server was built. `Tools/embed-web` writes
/// `WebFile.all`, and the plugin `EmbedWeb` has it do so whenever one of them has changed.
package struct WebFile: Sendable {
    package enum Folder: Sendable { case client, demo }

    package let folder: Folder
    package let name: String
    package let text: StaticString
}
