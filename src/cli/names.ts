import { HomeportError } from "../api/errors.ts";
import { clean } from "./render/clean.ts";
import type { Session } from "./session.ts";

const ID = /^[\x21-\x7e]{1,256}$/;

interface Named {
  id: string;
  name: string;
}

/** The id of what a person names by its id or by its name. A name that two have is refused: it is not for us to choose. */
function pick(rows: readonly Named[], given: string, what: string, list: string): string {
  if (rows.some((row) => row.id === given)) return given;
  const found = rows.filter((row) => row.name === given);
  const [only] = found;
  if (found.length > 1)
    throw new HomeportError("ambiguous", `More than one ${what} is called ${clean(given, "line")}; give its id, as \`${list}\` shows it.`);
  if (only !== undefined) return only.id;
  // The daemon may know it all the same, e.g. a conversation that was closed.
  if (ID.test(given)) return given;
  throw new HomeportError("not-found", `There is no ${what} ${clean(given, "line")}; \`${list}\` shows them.`);
}

export async function conversationOf(session: Session, given: string): Promise<string> {
  if (given.startsWith("con_")) return given;
  const rows = await session.call("chats", {});
  return pick(
    rows.map((row) => ({ id: row.conversation, name: row.name })),
    given,
    "conversation",
    "homeport chats",
  );
}

export async function deviceOf(session: Session, given: string): Promise<string> {
  if (given.startsWith("dev_")) return given;
  const rows = await session.call("device.list", {});
  return pick(
    rows.map((row) => ({ id: row.device, name: row.name })),
    given,
    "device",
    "homeport device list",
  );
}

export async function bridgeAccountOf(session: Session, given: string): Promise<string> {
  const rows = await session.call("bridge.list", {});
  return pick(
    rows.map((row) => ({ id: row.account, name: row.name })),
    given,
    "account",
    "homeport bridge list",
  );
}
