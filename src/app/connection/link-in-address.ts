/** A link for a new device in whatever was scanned, pasted or opened: alone, or behind the `#` of an address. */
const LINK = /homeport:link\/\d+\/[a-z2-7\s]+/i;

export function linkIn(text: string): string | undefined {
  return LINK.exec(text)?.[0].replace(/\s+/g, "");
}

/** The address under which `link` opens this app elsewhere; the part behind `#` is sent to no server. */
export function addressWith(origin: string, link: string): string {
  return `${origin}/#${link}`;
}

/** Takes the link out of the address bar, so that it stays neither there nor in the history. */
export function takeLinkFromAddress(): string | undefined {
  const link = linkIn(decodeURI(location.hash));
  if (link !== undefined) history.replaceState(null, "", "/");
  return link;
}
