import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { ChatRow } from "../../api/chats.ts";
import { HomeportError } from "../../api/errors.ts";
import type { Message } from "../../api/messages.ts";
import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { conversationOf } from "../names.ts";
import { jsonText } from "../render/clean.ts";
import { messageText } from "../render/message.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

/** Part of the format of exported JSON. */
const VERSION = 1;
/** A large conversation. In seconds. */
const PATIENCE = 3600;

interface ExportArgs {
  conversation: string | undefined;
  all: boolean;
  format: "json" | "text";
  to: string;
}

type Write = (line: string) => Promise<void>;

export const exportCommands = (shell: Shell): Command[] => [
  command<ExportArgs>(shell, {
    command: "export [conversation]",
    describe: "Write conversations into readable files, with the label of each message",
    options: (yargs) =>
      yargs
        .positional("conversation", { type: "string", describe: "Its id, or its name as `chats` shows it" })
        .option("all", { type: "boolean", default: false, describe: "All conversations, each into a file of its own" })
        .option("format", {
          choices: ["json", "text"] as const,
          default: "json" as const,
          describe: "One JSON object a line, or text for people",
        })
        .option("to", { type: "string", requiresArg: true, demandOption: true, describe: "A new file; with --all a folder; - is stdout" }),
    run: exportAll,
  }),
];

async function exportAll(args: ExportArgs, session: Session): Promise<void> {
  if (args.all === (args.conversation !== undefined)) throw new UsageError("Name one conversation, or give --all.");
  const chats = await session.call("chats", {});
  const chosen = args.conversation === undefined ? chats : [await chatOf(session, chats, args.conversation)];
  const done: { conversation: string; file: string; messages: number }[] = [];
  if (args.all && args.to !== "-") await mkdir(args.to, { recursive: true, mode: 0o700 });
  for (const chat of chosen) {
    const file = args.all && args.to !== "-" ? join(args.to, fileName(chat, args.format)) : args.to;
    done.push({ conversation: chat.conversation, file, messages: await exportTo(session, file, chat, args.format) });
  }
  // With stdout taken by the export itself, nothing is said.
  if (args.to !== "-") await session.answer(done, (rows) => rows.map(({ file, messages }) => `${file}: ${messages} messages`).join("\n"));
}

async function chatOf(
  session: Session,
  chats: readonly ChatRow[],
  given: string,
): Promise<Pick<ChatRow, "conversation"> & Partial<ChatRow>> {
  const conversation = await conversationOf(session, given);
  return chats.find((chat) => chat.conversation === conversation) ?? { conversation };
}

async function exportTo(
  session: Session,
  file: string,
  chat: Pick<ChatRow, "conversation"> & Partial<ChatRow>,
  format: ExportArgs["format"],
): Promise<number> {
  if (file === "-") return exportLines(session, chat, format, (line) => session.shell.stdout.write(line));
  const handle = await newFile(file);
  try {
    const messages = await exportLines(session, chat, format, (line) => handle.appendFile(line));
    await handle.sync();
    return messages;
  } finally {
    await handle.close();
  }
}

async function exportLines(
  session: Session,
  chat: Pick<ChatRow, "conversation"> & Partial<ChatRow>,
  format: ExportArgs["format"],
  write: Write,
): Promise<number> {
  const { conversation, name, network, kind, account } = chat;
  if (format === "json")
    await write(`${jsonText({ type: "conversation", version: VERSION, conversation, name, network, kind, account })}\n`);
  else await write(`# ${name ?? conversation}\n`);
  const onEvent = (message: Message) =>
    write(`${format === "json" ? jsonText({ type: "message", ...message }) : messageText(message, false)}\n`);
  const { messages } = await session.call("export", { conversation }, { onEvent, fallback: PATIENCE });
  return messages;
}

async function newFile(path: string): Promise<FileHandle> {
  return open(path, "wx", 0o600).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new HomeportError("exists", `${path} is there already; name another file.`, { cause });
    throw new HomeportError("no-folder", `${path} cannot be written (${code ?? "unknown error"}); check the folder and its permissions.`, {
      cause,
    });
  });
}

/** Readable, and the same conversation always gets the same one. */
function fileName({ conversation, name }: Pick<ChatRow, "conversation"> & Partial<ChatRow>, format: ExportArgs["format"]): string {
  const readable = (name ?? "")
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "_")
    .replace(/^[._]+/, "")
    .slice(0, 60);
  const id = conversation.slice(0, 16);
  return `${readable === "" ? id : `${readable}-${id}`}.${format === "json" ? "jsonl" : "txt"}`;
}
