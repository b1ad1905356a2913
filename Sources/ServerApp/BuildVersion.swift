/// The release this source is of, or with -dev the one it will become; CHANGELOG.md says what is in it.
package enum BuildVersion {
    package static let current = "0.2.0-dev"
}
