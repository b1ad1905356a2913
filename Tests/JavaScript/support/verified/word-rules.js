// The rules for the words of phrases.

import { editDistance } from "../../../../Web/client/verified/suggestions.js";

export const WORD_COUNT = 1_024;
const LEAST_DISTANCE = 3;

/** What is wrong with a list, as texts; empty for a good one. */
export function faultsOf(words) {
    return [
        ...(words.length === WORD_COUNT ? [] : [`${words.length} words`]),
        ...words.filter((word) => !/^[a-z]{4,9}$/.test(word)).map((word) => `${word} is not 4 to 9 letters from a to z`),
        ...alikeIn(words, (word) => word, "are the same"),
        ...alikeIn(words, (word) => word.slice(0, 4), "begin with the same 4 letters"),
        ...alikeIn(words, soundOf, "sound alike"),
        ...nearIn(words),
        ...words.filter(isOffensive).map((word) => `${word} is not for everybody`),
        ...offensiveIn(words),
    ];
}

function alikeIn(words, keyOf, what) {
    const first = new Map();
    return words.flatMap((word) => {
        const key = keyOf(word);
        if (first.has(key)) return [`${first.get(key)} and ${word} ${what}`];
        first.set(key, word);
        return [];
    });
}

/** Two words within that distance have a text in common once a few letters of each are taken out, so only such pairs are looked at. */
function nearIn(words) {
    const byRest = new Map();
    for (const word of new Set(words)) {
        for (const rest of restsOf(word)) byRest.set(rest, [...(byRest.get(rest) ?? []), word]);
    }
    const pairsOf = (list) => list.flatMap((one, index) => list.slice(0, index).map((other) => `${other} and ${one}`));
    return [...new Set([...byRest.values()].flatMap(pairsOf))]
        .filter((pair) => editDistance(...pair.split(" and ")) < LEAST_DISTANCE)
        .map((pair) => `${pair} differ in fewer than ${LEAST_DISTANCE} letters`);
}

/** What is left of a word without up to two of its letters. */
function restsOf(word) {
    const shorter = (text) => Array.from(text, (_, at) => text.slice(0, at) + text.slice(at + 1));
    return new Set([word, ...shorter(word), ...shorter(word).flatMap(shorter)]);
}

/** Spellings of one sound, in the order in which they are replaced. */
const SOUNDS = [
    [/^[kg]n/, "n"], [/^wr/, "r"], [/^ps/, "s"], [/^x/, "s"], [/^wh/, "w"], [/ght/g, "t"], [/gh$/, ""], [/mb$/, "m"], [/mn$/, "m"],
    [/[ts]ion/g, "shn"], [/cia/g, "sha"], [/tch/g, "ch"], [/sch/g, "sk"], [/ph/g, "f"], [/ck/g, "k"], [/dg(?=[eiy])/g, "j"],
    [/g(?=[eiy])/g, "j"], [/c(?=[eiy])/g, "s"], [/[cs]h/g, "j"], [/th/g, "t"], [/qu/g, "kw"], [/x/g, "ks"],
    // What is said with voice and without is the same on a bad line.
    [/b/g, "p"], [/d/g, "t"], [/[gcq]/g, "k"], [/v/g, "f"], [/z/g, "s"],
];

/** How a word sounds, roughly: the consonants, and whether it begins with a vowel. Two words with the same sound could be taken for each
 *  other when one is read out; most with different ones could not. */
export function soundOf(word) {
    const spelled = SOUNDS.reduce((text, [pattern, sound]) => text.replace(pattern, sound), word);
    const first = /^[aeiou]/.test(spelled) ? "a" : spelled.slice(0, 1);
    return (first + spelled.slice(1).replace(/[aeiouhwy]/g, "")).replace(/(.)\1+/g, "$1");
}

/** No word has one of these in it. */
const NOWHERE = (
    "anus arse bitch boob cock coon crap cunt damn dick dildo fuck hitler jihad kike nazi negr nigg penis piss porn pussy rape shit " +
    "slave slut twat vagin wank whore"
).split(" ");
/** No word begins with one of these. */
const NOT_IN_FRONT = (
    "abuse anal ass bastard blood bomb booz breast bum cancer condom corpse crippl cum dead death devil drug drunk dwarf dyke fag fart fat " +
    "fool genital ghetto god gook grave gun gyps hag hate hell hobo homo idiot jap jerk jesus jew kill lesb lunatic lust master midget " +
    "monkey moron mosque murder naked nude nud nun orgasm orgy paki peni pimp poison poo priest prick prison prost pube rectum retard savage " +
    "semen sex skull spastic sperm spic squaw stab strip suicid terror testi thong tit torture tramp tumor turd ugly urin victim virgin " +
    "voodoo weapon weed"
).split(" ");
/** Words in their own right, which others may begin with. */
const NOT_ALONE = (
    "bang beaver bone boner boy bust butt chick cougar cow cracker cuff donkey girl gorilla ham hips hooker horn jug jugs knob maid man " +
    "mole nut nuts organ package pansy peach pearl pig queer rack ram rat rod rubber sack screw shaft skunk slug snake sow spook strap sweat tart thigh tool " +
    "toad tramp trap trump weasel whip witch worm"
).split(" ");
/** Two words that are harmless by themselves. */
const NOT_TOGETHER = [
    ["camel", "jockey"], ["jungle", "bunny"], ["golden", "shower"], ["rusty", "trombone"], ["pearl", "necklace"], ["towel", "head"],
    ["cotton", "picker"], ["wagon", "burner"], ["porch", "monkey"], ["white", "power"], ["white", "trash"], ["gas", "oven"], ["gas", "chamber"],
    ["final", "solution"], ["hot", "flash"], ["meat", "curtain"], ["beef", "curtain"], ["trouser", "snake"], ["sugar", "daddy"],
    ["cherry", "picker"], ["banana", "republic"], ["moon", "cricket"], ["zipper", "head"], ["dirty", "sanchez"], ["ivory", "tower"],
];

function isOffensive(word) {
    return NOWHERE.some((part) => word.includes(part)) || NOT_IN_FRONT.some((part) => word.startsWith(part)) || NOT_ALONE.includes(word);
}

/** Pairs that say something together, or in which one word runs into the other. */
function offensiveIn(words) {
    const stems = (stem) => words.filter((word) => word === stem || word === `${stem}s`);
    const pairs = NOT_TOGETHER.flatMap(([one, other]) => stems(one).flatMap((first) => stems(other).map((second) => `${first} ${second}`)));
    const joined = [...NOWHERE, ...NOT_IN_FRONT].filter((part) => part.length > 4).flatMap((part) =>
        Array.from({ length: part.length - 3 }, (_, index) => index + 2).flatMap((cut) => {
            const first = words.filter((word) => word === part.slice(0, cut));
            const second = words.filter((word) => word === part.slice(cut));
            return first.flatMap((one) => second.map((other) => `${one} ${other}`));
        }));
    return [...pairs, ...joined].map((pair) => `${pair} is not for everybody`);
}
