import type { Command, Reconciled } from "../contract/index.ts";
import { namesOf } from "./deliveries.ts";
import type { Archived, Archives } from "./xep-0313-mam.ts";

const PAGE = 100;
const MAX_PAGES = 20;
/** A command is older than its clock says, or younger: so far back the archive is searched. */
const MARGIN_MS = 3_600_000;

export interface SearchContext {
  archives: Archives;
  /** Whether we said it; undefined where it is not ours. */
  txnOf: (message: Archived) => string | undefined;
  /** How far the server's clock is ahead of the one that stamped the commands, in milliseconds; undefined where it does not tell the time. */
  serverAhead: number | undefined;
}

export interface Searched {
  conv: string;
  isRoom: boolean;
  /** What is not in the archive was not said. */
  isComplete: boolean;
}

/** What became of commands to one conversation, by its archive: yes where it is there, no only where all of the time was looked at. */
export async function searchArchive(context: SearchContext, where: Searched, commands: readonly Command[]): Promise<Reconciled[]> {
  const found = new Map<string, ReturnType<typeof namesOf>>();
  const wanted = new Set(commands.map(({ txn }) => txn));
  const since = sinceOf(commands, context.serverAhead);
  let before = "";
  let covered = false;
  for (let page = 0; page < MAX_PAGES && !covered && found.size < wanted.size; page++) {
    const query = where.isRoom ? { archive: where.conv } : { archive: undefined, with: where.conv };
    const { messages, complete, first } = await context.archives.page({ ...query, before, max: PAGE });
    for (const message of messages) {
      const txn = context.txnOf(message);
      if (txn !== undefined && wanted.has(txn)) found.set(txn, namesOf({ conv: where.conv, txn }, message.archiveId));
    }
    const oldest = messages[0]?.stamp;
    covered = complete || first === undefined || (since !== undefined && oldest !== undefined && oldest < since);
    before = first ?? "";
  }
  return commands.map((command) => answer(command, found.get(command.txn), covered && where.isComplete));
}

function answer({ txn, op }: Command, names: ReturnType<typeof namesOf> | undefined, isCovered: boolean): Reconciled {
  if (names) return { txn, found: "yes", ...names };
  return { txn, found: isCovered && op === "send" ? "no" : "cannot-know" };
}

/** By the server's clock; undefined: as far as it goes. */
function sinceOf(commands: readonly Command[], serverAhead: number | undefined): number | undefined {
  if (serverAhead === undefined) return undefined;
  const oldest = Math.min(...commands.map(({ createdAt }) => createdAt));
  return Math.min(oldest, oldest + serverAhead) - MARGIN_MS;
}
