package import EngineScripts

/// What a home asks of the engine for one of its rooms.
package enum RoomCall: Sendable {
    case look(LookCall)
    case claim(ClaimCall)
    case store(StoreCall)
    case acknowledge(AcknowledgeCall)
    case stand(StandCall)
    case keep(KeepCall)
    case release(ReleaseCall)
    case adopt(AdoptCall)
}

/// What the engine replied to it.
package enum RoomReply: Sendable, Equatable {
    case looked(RoomHome?)
    case claimed(ClaimCall.Reply)
    case stored(StoreCall.Reply)
    case acknowledged(AcknowledgeCall.Reply)
    case done(HomeReply)
}
