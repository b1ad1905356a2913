// Writes received files into the browser's private storage: most browsers let only a worker write there as the bytes come. Started by
// files/disk.js; it needs files.js beside it.

import { SaveDesk } from "./files.js";

const desk = new SaveDesk();

addEventListener("message", async ({ data }) => {
    const answer = await desk.answer(data);
    postMessage(answer, answer.bytes === undefined ? [] : [answer.bytes.buffer]);
});
