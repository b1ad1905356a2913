// The client's scripts as the server sends them: joined from the modules when the server was built.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "./server.js";

/** The names of all scripts that stand beside the folders of modules. */
export const SCRIPTS = readdirSync(new URL("../../../Web/client/", import.meta.url)).filter((name) => name.endsWith(".js"));

/** A folder with copies, which is there until the process ends. */
export async function servedClient() {
    const folder = mkdtempSync(join(tmpdir(), "nt-client-"));
    process.once("exit", () => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const server = new Server();
    try {
        await server.start();
        for (const name of SCRIPTS) {
            const response = await fetch(`${server.url}/client/${name}`);
            if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
            writeFileSync(join(folder, name), await response.text());
        }
    } finally {
        await server.kill();
    }
    return folder;
}
