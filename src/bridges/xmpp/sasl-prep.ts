/** Non-ASCII spaces, and characters that are mapped to nothing (RFC 3454, C.1.2 and B.1). */
const SPACES = /\u00a0|\u1680|[\u2000-\u200b]|\u202f|\u205f|\u3000/g;
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g;

/** A name or password as both sides compute with it (RFC 4013, for what people can type). */
export function saslPrep(text: string): string {
  return text.replaceAll(SPACES, " ").replaceAll(NOTHING, "").normalize("NFKC");
}
