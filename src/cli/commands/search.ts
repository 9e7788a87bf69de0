import type { SearchHit } from "../../api/search.ts";
import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { conversationOf } from "../names.ts";
import { hitText } from "../render/search.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";
import { timeOf } from "../times.ts";

const MAX_LIMIT = 1000;
const PAGE = 200;

interface SearchArgs {
  words: string[];
  in: string | undefined;
  from: string | undefined;
  after: string | undefined;
  before: string | undefined;
  limit: number;
  cursor: string | undefined;
}

interface Found {
  hits: ReturnType<typeof plain>[];
  next: string | null;
  complete: boolean;
}

export const searchCommands = (shell: Shell): Command[] => [
  command<SearchArgs>(shell, {
    command: "search <words..>",
    describe: "Find the messages that have all of the words, newest first",
    options: (yargs) =>
      yargs
        .positional("words", {
          type: "string",
          array: true,
          demandOption: true,
          describe: '"two words" (quoted twice in a shell) stand side by side; begin* is the beginning of a word',
        })
        .option("in", { type: "string", requiresArg: true, describe: "Only in this conversation" })
        .option("from", { type: "string", requiresArg: true, describe: "Only by this author, or by one of your devices; `me` for you" })
        .option("after", { type: "string", requiresArg: true, describe: "Not before this time, e.g. 2026-03-01 or 2026-03-01T09:30" })
        .option("before", { type: "string", requiresArg: true, describe: "Before this time" })
        .option("limit", { type: "number", requiresArg: true, default: 50, describe: "How many" })
        .option("cursor", { type: "string", requiresArg: true, describe: "Go on from the `next` of an earlier answer" }),
    run: search,
  }),
];

async function search(args: SearchArgs, session: Session): Promise<void> {
  const { limit } = args;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new UsageError(`--limit takes a whole number from 1 to ${MAX_LIMIT}.`);
  const request = {
    words: args.words.join(" "),
    conversation: args.in === undefined ? undefined : await conversationOf(session, args.in),
    from: args.from,
    after: timeOf("after", args.after),
    before: timeOf("before", args.before),
  };
  const hits: SearchHit[] = [];
  let [next, complete]: [string | null, boolean] = [args.cursor ?? null, true];
  do {
    const answer = await session.call("search", {
      ...request,
      limit: Math.min(PAGE, limit - hits.length),
      ...(next === null ? {} : { cursor: next }),
    });
    hits.push(...answer.hits);
    next = answer.next;
    complete &&= answer.complete;
  } while (next !== null && hits.length < limit);
  if (!complete) await session.note("Some messages that came in lately are not searched yet; search again in a while.");
  await print(session, { hits: hits.map(plain), next, complete }, hits);
}

async function print(session: Session, found: Found, hits: readonly SearchHit[]): Promise<void> {
  if (session.json) return session.answer(found, () => "");
  for (const hit of hits) await session.line(hit, hitText);
  if (found.next !== null) await session.note(`There is more: --cursor ${found.next}`);
}

/** For scripts: the message as everywhere, with what was found in it. */
const plain = ({ message, name, matches }: SearchHit) => ({ ...message, conversationName: name, matches });
