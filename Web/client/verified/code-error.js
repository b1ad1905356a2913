// Why a code cannot be used, found on this device.

/** No message holds a word or a secret. */
export class CodeError extends Error {
    constructor(code, message, { word, suggestions } = {}) {
        super(message);
        this.name = "CodeError";
        this.code = code;
        if (word !== undefined) this.word = word;
        if (suggestions !== undefined) this.suggestions = suggestions;
    }
}
