/** How a server compares nicks and channel names (RPL_ISUPPORT `CASEMAPPING`). */
export type CaseMapping = "ascii" | "rfc1459" | "strict-rfc1459" | "unicode";

/** Characters whose small letter is 32 places on: A to Z, ^ or ]. */
const CAPITALS = { ascii: /[A-Z]/g, rfc1459: /[A-^]/g, "strict-rfc1459": /[A-\]]/g };

/** A server that says nothing follows RFC 1459, 2.2; names that we do not know (`rfc7613`, `precis`) are about Unicode. */
export function caseMappingOf(token: string | undefined): CaseMapping {
  if (token === undefined || token === "") return "rfc1459";
  return token === "ascii" || token === "rfc1459" || token === "strict-rfc1459" ? token : "unicode";
}

/** The form in which two names of one person or channel are equal. */
export function fold(name: string, mapping: CaseMapping): string {
  if (mapping === "unicode") return name.normalize("NFKC").toLowerCase();
  return name.replaceAll(CAPITALS[mapping], (capital) => String.fromCharCode(capital.charCodeAt(0) + 32));
}
