// The client as the server sends it: one file, made of the modules when the server was built.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "./server.js";

/** The path of a copy, which is there until the process ends. By its name Node takes it for a module. */
export async function servedClient() {
    const folder = mkdtempSync(join(tmpdir(), "nt-client-"));
    process.once("exit", () => rmSync(folder, { recursive: true }));
    const file = join(folder, "signaling.mjs");
    const server = new Server();
    try {
        await server.start();
        const response = await fetch(`${server.url}/client/signaling.js`);
        if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
        writeFileSync(file, await response.text());
    } finally {
        await server.kill();
    }
    return file;
}
