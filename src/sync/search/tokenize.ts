import { fold } from "./fold.ts";

/** A word of a text. */
export interface Token {
  /** Folded. */
  term: string;
  /** Where it stands in the text, in UTF-16 code units; `end` is behind it. */
  start: number;
  end: number;
  /** One character of a script that sets no spaces, or a pictogram: words are made of several such in a row. */
  dense: boolean;
}

/** What comes after these is not found. Bounds the index of one message. */
export const MAX_TOKENS = 4096;
const MAX_TERM = 64;

const DENSE = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u30fc\p{Extended_Pictographic}`;
/** Written without spaces, in letters that say too little one by one. */
const SEGMENTED = String.raw`\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`;
const WORD = String.raw`[[\p{L}\p{N}\p{M}]--[${DENSE}${SEGMENTED}]]`;
/** `don't` is one word; whatever else stands between letters and digits parts them, so that links and nicks fall into their words. */
const TOKEN = new RegExp(
  `(?<dense>[${DENSE}])\\p{M}*|(?<segmented>[${SEGMENTED}][${SEGMENTED}\\p{M}]*)|${WORD}(?:${WORD}|['’](?=\\p{L}))*`,
  "gv",
);
/** The same for ASCII, at a third of the cost. */
const ASCII_TOKEN = /[a-z\d](?:[a-z\d]|'(?=[a-z]))*/gi;
const ASCII = /^[\0-\x7f]*$/;
const NO_LETTER = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]/gu;

const segmenter = new Intl.Segmenter("en", { granularity: "word" });

/** The words of a text, in its order. The same everywhere but for Thai, Lao, Khmer and Burmese: see `tokenizerMark`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  if (ASCII.test(text)) return addPlain(tokens, text);
  for (const found of text.matchAll(TOKEN)) {
    if (tokens.length >= MAX_TOKENS) break;
    if (found.groups?.["segmented"] !== undefined) addSegments(tokens, found[0], found.index);
    else add(tokens, found[0], found.index, found.groups?.["dense"] !== undefined);
  }
  return tokens;
}

function addPlain(tokens: Token[], text: string): Token[] {
  for (const { 0: word, index } of text.matchAll(ASCII_TOKEN)) {
    if (tokens.length >= MAX_TOKENS) break;
    const term = word.toLowerCase().replaceAll("'", "").slice(0, MAX_TERM);
    tokens.push({ term, start: index, end: index + word.length, dense: false });
  }
  return tokens;
}

function addSegments(tokens: Token[], run: string, start: number): void {
  for (const { segment, index } of segmenter.segment(run)) add(tokens, segment, start + index, false);
}

function add(tokens: Token[], word: string, start: number, dense: boolean): void {
  const term = fold(word).replace(NO_LETTER, "").slice(0, MAX_TERM);
  if (term !== "" && tokens.length < MAX_TOKENS) tokens.push({ term, start, end: start + word.length, dense });
}

/** Texts of the scripts in which the system's dictionary decides where a word ends, and of some where Unicode's tables do. */
const SAMPLES = [
  "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน และเขียนโดยไม่เว้นวรรค",
  "ພາສາລາວເປັນພາສາທາງການຂອງປະເທດລາວ",
  "ភាសាខ្មែរជាភាសាផ្លូវការរបស់ប្រទេសកម្ពុជា",
  "မြန်မာဘာသာစကားသည် မြန်မာနိုင်ငံ၏ ရုံးသုံးဘာသာစကား ဖြစ်သည်",
  "Straße ΟΔΟΣ İstanbul Ёлка ﬁne ２０２６ 東京都 한국어 हिन्दी 👍🏽 don’t",
];
/** To be raised with every change of how texts are taken apart or folded. */
const VERSION = 1;

/** Two programs with the same mark take every text apart alike; an index made under another one is made anew. */
export function tokenizerMark(): string {
  const words = SAMPLES.map((sample) => tokenize(sample).map(({ term }) => term));
  return JSON.stringify([VERSION, words]);
}
