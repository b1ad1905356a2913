// Hashes of files, away from the page's own thread. A worker, started by files/hashing.js; it needs files.js beside it.

import { HashDesk } from "./files.js";

const desk = new HashDesk();

addEventListener("message", ({ data }) => {
    const answer = desk.answer(data);
    if (answer !== undefined) postMessage(answer);
});
