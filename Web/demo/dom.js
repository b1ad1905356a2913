// Makes elements without markup in strings, so that no text from the other side can become markup.

const SVG = "http://www.w3.org/2000/svg";

export function byId(id) {
    return document.getElementById(id);
}

/** Attributes are given by name, a handler by `on…`; children are nodes or text. */
export function element(name, attributes = {}, ...children) {
    return filled(document.createElement(name), attributes, children);
}

export function svgElement(name, attributes = {}, ...children) {
    return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") node.addEventListener(name.slice(2), value);
        else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
}

/** Changes text only if it differs: a live region speaks at every change, even to the same words. */
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/** Makes a screen reader say a sentence, even the same one again: a second file may have the same name. */
export function announce(sentence) {
    byId("announcer").textContent = sentence;
}

/** Shows a note with a text, or hides it without one. */
export function setNote(node, text) {
    setText(node, text ?? "");
    node.hidden = !text;
}
