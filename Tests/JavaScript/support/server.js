// The server itself, as a process: the binary that NT_SERVER_BINARY names, or what `swift build` left behind.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { skipUnless } from "./needs.js";

const START_LIMIT_MS = 20_000;

const candidates = process.env.NT_SERVER_BINARY
    ? [process.env.NT_SERVER_BINARY]
    : ["release", "debug"].map((kind) => fileURLToPath(new URL(`../../../.build/${kind}/nt-backend-wrtc`, import.meta.url)));
const binary = candidates.find((path) => existsSync(path));

export const skipWithoutServer = skipUnless(
    binary !== undefined,
    process.env.NT_SERVER_BINARY ? "needs a server, and NT_SERVER_BINARY names none" : "needs a server: run swift build first",
);

export class Server {
    /** Starts one on a free port, which it keeps when it is started again; the test's end stops it. */
    static async start(t, settings) {
        const server = new Server(settings);
        t.after(() => server.kill());
        await server.start();
        return server;
    }

    port = 0;
    #settings;
    #process;

    constructor(settings = {}) {
        this.#settings = settings;
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    async start() {
        const env = {
            PATH: process.env.PATH, LOG_LEVEL: "info", SHUTDOWN_GRACE: "1s", STUN_PORT: "0", ...this.#settings,
            HOST: "127.0.0.1", PORT: String(this.port), LOG_FORMAT: "json",
        };
        this.#process = spawn(binary, [], { env, stdio: ["ignore", "ignore", "pipe"] });
        this.port = await this.#portInLog();
    }

    #portInLog() {
        return new Promise((resolve, reject) => {
            const lines = [];
            const fail = () => reject(new Error(`the server did not start:\n${lines.join("\n")}`));
            const timer = setTimeout(fail, START_LIMIT_MS);
            this.#process.once("exit", fail);
            // Read to the end, or the server's log would fill the pipe.
            createInterface({ input: this.#process.stderr }).on("line", (line) => {
                lines.push(line);
                const record = JSON.parse(line);
                if (record.message !== "listening") return;
                clearTimeout(timer);
                resolve(Number(record.port));
            });
        });
    }

    /** As a power cut would. */
    async kill() {
        await this.#end("SIGKILL");
    }

    async terminate() {
        await this.#end("SIGTERM");
    }

    async #end(signal) {
        if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
        const ended = once(this.#process, "exit");
        this.#process.kill(signal);
        await ended;
    }
}
