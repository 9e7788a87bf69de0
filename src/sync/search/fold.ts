/** Marks that readers leave out when they type: accents of alphabets, Hebrew points, Arabic vowels. Marks of other scripts are letters. */
const LOOSE_MARKS = new RegExp(
  String.raw`[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]`,
  "g",
);
const ASCII = /^[\0-\x7f]*$/;

/** What two spellings of a word have in common: compatible forms (NFKC), case and loose marks folded. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // Upper case first: only so `ß` meets `SS`, and both sigmas each other.
  const folded = text.normalize("NFKD").replace(LOOSE_MARKS, "").toUpperCase().toLowerCase().replaceAll("ς", "σ");
  return folded.normalize("NFKD").replace(LOOSE_MARKS, "").normalize("NFKC");
}
