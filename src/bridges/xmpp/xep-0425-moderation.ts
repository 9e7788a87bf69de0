import { NS } from "./ns.ts";
import type { Element } from "./xml.ts";

/** Which message the room itself has taken back. `by`: the moderator's address in the room, if it is said. */
export function moderatedId(message: Element): { id: string; by: string | undefined } | undefined {
  const retract = message.getChild("retract", NS.retract);
  const moderated = retract?.getChild("moderated", NS.moderate);
  const id = retract?.attrs["id"];
  return moderated && id ? { id, by: moderated.attrs["by"] } : undefined;
}
