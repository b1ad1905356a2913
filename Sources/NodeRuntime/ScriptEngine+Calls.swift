package import EngineScripts
package import RESPClient
package import RESPCore

/// Why a call of a script came to nothing.
package enum CallFailure: Error, Sendable {
    /// It was not sent, and changed nothing.
    case notSent
    /// Whether it was carried out, nobody knows.
    case unknown
    /// The engine refused it, for this reason.
    case refused(String)
}

extension ScriptEngine {
    /// Calls a script, and reads its reply.
    package func run<Call: EngineCall>(
        _ call: Call, _ keys: EngineKeys, _ done: @escaping @Sendable (Result<Call.Reply, CallFailure>) -> Void
    ) {
        self.call(call.script.id, keys: call.keys(keys).map { .text($0) }, arguments: call.arguments) { result in
            switch result {
            case .success(let value):
                do throws(UnexpectedReply) {
                    done(.success(try call.reply(value)))
                } catch {
                    done(.failure(.refused("\(error)")))
                }
            case .failure(.down), .failure(.busy): done(.failure(.notSent))
            case .failure(.lost): done(.failure(.unknown))
            case .failure(.replied(let error)): done(.failure(.refused("\(error)")))
            }
        }
    }
}

extension EngineScript {
    /// All of them, as an engine is given them.
    package static var list: [RESPScript] { Self.allCases.map { RESPScript(name: $0.rawValue, text: $0.source) } }

    var id: ScriptID { Self.ids[self] ?? ScriptID(0) }

    private static let ids = Dictionary(uniqueKeysWithValues: Self.allCases.enumerated().map { ($1, ScriptID($0)) })
}
