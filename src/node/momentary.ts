import type { EphemeralEvent } from "../bridges/host/ephemeral.ts";
import type { Said } from "../device/moments.ts";

/** Longest name of a person or text about them that is passed on, in UTF-16 code units. */
const MOST = 512;

/** What a plugin said of this moment, as own devices are told it. */
export function momentary({ event }: EphemeralEvent): Said {
  const user = event.user.slice(0, MOST);
  if (event.kind === "typing") return { kind: "typing", user, on: event.on, ttl: Math.max(0, Math.round(event.ttlMs)) };
  return { kind: "presence", user, state: event.state, ...(event.text === undefined ? {} : { text: event.text.slice(0, MOST) }) };
}
