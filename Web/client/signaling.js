// The client of nt-backend-wrtc for browsers and, except for pair(), for Node 22 and newer. docs/javascript.md describes it, and
// signaling.d.ts has its types. The sources are Web/client/signaling.js, which names what programs may use, and the modules that it
// imports; a server sends them as one file, /client/signaling.js.

export { createCode } from "./modules/http.js";
export { redeemCode } from "./modules/redeeming.js";
export { iceServers } from "./modules/ice-servers.js";
export { connect } from "./modules/session.js";
export { pair } from "./modules/pair.js";
export { NoRouteError, SignalingError } from "./modules/errors.js";
export { parseCode } from "./modules/verification.js";
export { Comparison } from "./modules/comparison.js";
export { reconnection } from "./modules/reconnection.js";
export { wire } from "./modules/wire.js";
