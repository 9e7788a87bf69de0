/** How a server compares nicks and channel names (RPL_ISUPPORT `CASEMAPPING`). */
export type CaseMapping = "ascii" | "rfc1459" | "strict-rfc1459" | "unicode";

/** Last character that has a small letter 32 places on: Z, ^ or ]. */
const LAST_CAPITAL = { ascii: 0x5a, rfc1459: 0x5e, "strict-rfc1459": 0x5d };

/** A server that says nothing follows RFC 1459, 2.2; names that we do not know (`rfc7613`, `precis`) are about Unicode. */
export function caseMappingOf(token: string | undefined): CaseMapping {
  if (token === undefined || token === "") return "rfc1459";
  return token === "ascii" || token === "rfc1459" || token === "strict-rfc1459" ? token : "unicode";
}

/** The form in which two names of one person or channel are equal. */
export function fold(name: string, mapping: CaseMapping): string {
  if (mapping === "unicode") return name.normalize("NFKC").toLowerCase();
  const last = LAST_CAPITAL[mapping];
  let folded = "";
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    folded += code >= 0x41 && code <= last ? String.fromCharCode(code + 32) : name[index];
  }
  return folded;
}
