/// The release that this source belongs to; with -dev, the release that it will become. CHANGELOG.md says what is in it.
package enum BuildVersion {
    package static let current = "0.2.0-dev"
}
