import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

const MAX_REACTIONS = 20;
const MAX_LENGTH = 64;

/** All that one person now has to say to a message in emoji. */
export function reactionsIn(message: Element): { id: string; set: string[] } | undefined {
  const reactions = message.getChild("reactions", NS.reactions);
  const id = reactions?.attrs["id"];
  if (!reactions || !id) return undefined;
  const texts = reactions.getChildren("reaction").map((reaction) => reaction.getText().trim());
  const set = new Set(texts.filter((text) => text !== "" && text.length <= MAX_LENGTH));
  return { id, set: [...set].slice(0, MAX_REACTIONS) };
}

export function reactionsElements(id: string, set: readonly string[]): Element[] {
  const reactions = set.map((text) => el("reaction", {}, text));
  return [el("reactions", { xmlns: NS.reactions, id }, ...reactions), el("store", { xmlns: NS.hints })];
}
