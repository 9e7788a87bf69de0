/** Control characters but tab and line feed: a terminal would obey them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** The text of a message for people. `/me` in front makes it an action (XEP-0245); the marks of XEP-0393 stay as they were typed. */
export function messageText(body: string): { style: "text" | "action"; text: string } {
  const text = body.replaceAll(/\r\n?/g, "\n").replaceAll(CONTROLS, "\ufffd");
  return text.startsWith("/me ") ? { style: "action", text: text.slice(4) } : { style: "text", text };
}
