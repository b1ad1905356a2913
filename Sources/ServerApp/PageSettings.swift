import HTTPServer
import NIOCore
import NetworkAddresses
import ServerConfiguration

/// What the page asks its server about itself: at which addresses other devices of the network find it. A person who opens the page at
/// `localhost` has no other way to know, and a code made there leads a phone nowhere.
///
/// Only who asks from this machine is told; a stranger does not learn of networks behind the server. With TLS there is nothing to tell:
/// certificates are for names.
package enum PageSettings {
    static let path = "/demo/settings.json"
    /// A machine has a few; one that runs containers may have thousands.
    private static let mostAddresses = 8

    /// - Parameter listening: Where the server listens.
    static func route(_ settings: ServerSettings, listening: SocketAddress, label: String) -> HTTPRoute {
        let port = listening.port ?? settings.port
        let isReached = settings.tlsCertificateFile == nil && ["0.0.0.0", "::"].contains(listening.ipAddress)
        return HTTPRoute(Self.path, .get, label: label, isForPages: false) { request, _ throws(Problem) in
            let isToTell = isReached && request.client.isLoopback
            let devices = isToTell ? (try? System.enumerateDevices()) ?? [] : []
            let urls = Self.urls(of: devices.map { ($0.name, $0.address?.ipAddress ?? "") }, port: port)
            // Digits, dots and colons: nothing to escape.
            return .respond(.json(.text(#"{"addresses":[\#(urls.map { #""\#($0)""# }.joined(separator: ","))]}"#)))
        }
    }

    /// By IPv4, which people can type: none of this machine alone (127.0.0.0/8), nor of a link without a router (169.254.0.0/16).
    package static func urls(of devices: [(name: String, address: String)], port: Int) -> [String] {
        var urls: [String] = []
        for (name, address) in devices where urls.count < Self.mostAddresses && !Self.isVirtual(name) {
            guard case .v4(let bits)? = ClientAddress(address), bits >> 24 != 127, bits >> 16 != 0xa9fe else { continue }
            let url = "http://\(address):\(port)/"
            if !urls.contains(url) { urls.append(url) }
        }
        return urls
    }

    /// Networks between this machine and its own containers and virtual machines, by the names that Docker, Podman, libvirt and others
    /// give them.
    private static func isVirtual(_ name: String) -> Bool {
        ["docker", "br-", "veth", "virbr", "podman", "cni", "vmnet", "bridge"].contains { name.hasPrefix($0) }
    }
}
