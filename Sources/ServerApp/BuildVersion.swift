/// The release this source is of; CHANGELOG.md says what is in it.
package enum BuildVersion {
    package static let current = "0.1.0"
}
