/// Why a connection has failed on which TLS was to be spoken, and something else came.
package enum NotTLS: String, Error {
    case plainHTTP = "plain HTTP came, and this port speaks TLS: use https:// and wss://"
    case unknown = "what came is not TLS, which this port speaks; if it is a PROXY header, set PROXY_PROTOCOL=true"
}
