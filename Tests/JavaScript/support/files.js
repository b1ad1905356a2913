// The module of files as programs have it: from Web/client, or the one file that NT_FILES_FILE names (see served-client.test.js).

import { pathToFileURL } from "node:url";

const file = process.env.NT_FILES_FILE;

export const { openFiles, Port, streamSink, TransferError, Transfers } = await import(
    file ? pathToFileURL(file).href : new URL("../../../Web/client/files.js", import.meta.url).href
);
