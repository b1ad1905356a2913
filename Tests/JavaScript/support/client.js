// The client as programs have it: its modules from Web/client, or the one file that NT_CLIENT_FILE names (see served-client.test.js).

import { pathToFileURL } from "node:url";

const file = process.env.NT_CLIENT_FILE;

export const { connect, createCode, iceServers, pair, parseCode, redeemCode, SignalingError } = await import(
    file ? pathToFileURL(file).href : new URL("../../../Web/client/signaling.js", import.meta.url).href
);
