// The words of the page, in the language of the person: a catalogue has each text under a key, and nothing else of the page has words.

import * as english from "./words-en.js";

/** Beside English, which is always there. */
const LOADERS = {
    de: () => import("./words-de.js"),
};

let catalogue = english;
/** For numbers and times; unlike the catalogue, it knows the person's region. */
let locale = "en";

/** The first of a person's languages that there are words for, as `{ language, locale }`; English where there is none. */
export function languageFor(wanted) {
    for (const tag of wanted) {
        try {
            const [canonical] = Intl.getCanonicalLocales(tag);
            const [language] = canonical.split("-");
            if (language === "en" || Object.hasOwn(LOADERS, language)) return { language, locale: canonical };
        } catch {
            // Some systems have names for languages that are none, such as `C`.
        }
    }
    return { language: "en", locale: "en" };
}

/** Goes over to the language of the person. Without its words, which the server may fail to give, the page speaks English. */
export async function chooseLanguage(wanted = navigator.languages ?? []) {
    const chosen = languageFor(wanted);
    try {
        catalogue = chosen.language === "en" ? english : await LOADERS[chosen.language]();
        locale = chosen.locale;
    } catch {
        catalogue = english;
        locale = "en";
    }
}

export function currentLocale() {
    return locale;
}

/** The text of a key, with values in its `{slots}`. A text that depends on a number has a form for each plural, chosen by `count`. */
export function text(key, values = {}) {
    const entry = entryOf(key);
    if (entry === undefined) throw new Error(`there is no text ${key}`);
    const form = typeof entry === "string" ? entry : (entry[new Intl.PluralRules(locale).select(values.count)] ?? entry.other);
    return form.replace(/\{(\w+)\}/g, (slot, name) => (Object.hasOwn(values, name) ? shown(values[name]) : slot));
}

/** A text that begins a sentence only in this place. */
export function capital(sentence) {
    const [first = "", ...rest] = sentence;
    return first.toLocaleUpperCase(locale) + rest.join("");
}

/** The text of a key that may not exist: what is named by an error code, for instance, of a server that is newer than the page. */
export function textIfAny(key, values) {
    return entryOf(key) === undefined ? undefined : text(key, values);
}

/**
 * Puts words into markup that has none: `data-text` names the text of an element, and `data-text-label`, `-placeholder`, `-alt`, `-title`
 * that of an attribute. Where a text has slots, they are taken by the children that name them by `data-slot`.
 */
export function fillPage(page = document) {
    page.documentElement.lang = locale;
    page.documentElement.dir = catalogue.direction;
    for (const node of page.querySelectorAll("[data-text]")) fill(node);
    const attributes = { label: "aria-label", placeholder: "placeholder", alt: "alt", title: "title" };
    for (const [name, attribute] of Object.entries(attributes)) {
        for (const node of page.querySelectorAll(`[data-text-${name}]`)) {
            node.setAttribute(attribute, text(node.getAttribute(`data-text-${name}`)));
        }
    }
}

function fill(node) {
    const slots = new Map([...node.children].map((child) => [child.dataset.slot, child]));
    const pieces = text(node.dataset.text).split(/\{(\w+)\}/);
    // Every second piece is the name of a slot.
    node.replaceChildren(...pieces.map((piece, index) => (index % 2 === 0 ? piece : (slots.get(piece) ?? ""))));
}

/** A key may have been put together from what a server said, and have any name. */
function entryOf(key) {
    const words = [catalogue, english].map((each) => each.words).find((each) => Object.hasOwn(each, key));
    return words?.[key];
}

function shown(value) {
    return typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : value;
}
