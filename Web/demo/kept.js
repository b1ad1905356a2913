// What outlives a connection: whom this page was connected with, and what was cut. In this tab alone, and for an hour.

import { TransferMemory } from "../client/files.js";

function storage() {
    try {
        return sessionStorage;
    } catch {
        return null; // forbidden in this browser: a reload ends it
    }
}

export const kept = new TransferMemory({ storage: storage() });
