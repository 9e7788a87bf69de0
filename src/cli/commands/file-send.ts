import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { HomeportError } from "../../api/errors.ts";
import type { Result } from "../../api/methods.ts";
import { LABELS, type SecurityLabel } from "../../security-labels/index.ts";
import { upload } from "../bulk.ts";
import { type Command, command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { mimeOf } from "../mime.ts";
import { conversationOf } from "../names.ts";
import { ProgressBar } from "../progress-bar.ts";
import { attachmentText } from "../render/file.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

/** Read at once. */
const PIECE = 1 << 20;
const MOST = 16;

interface SendArgs {
  conversation: string;
  path: string[];
  text: string | undefined;
  name: string | undefined;
  "min-label": SecurityLabel | undefined;
  wait: boolean;
}

/** `size` is undefined for stdin. */
interface Opened {
  name: string;
  size: number | undefined;
  bytes: AsyncIterable<Uint8Array>;
  handle: FileHandle | undefined;
}

export const fileSendCommand = (shell: Shell): Command =>
  command<SendArgs>(shell, {
    command: "send <conversation> <path..>",
    describe: "Send files with one message",
    options: (yargs) =>
      yargs
        .positional("conversation", { type: "string", demandOption: true, describe: "Its id, or its name as `chats` shows it" })
        .positional("path", { type: "string", array: true, demandOption: true, describe: "The files; - reads one from stdin" })
        .option("text", { type: "string", requiresArg: true, describe: "What is said with them" })
        .option("name", { type: "string", requiresArg: true, describe: "Another name for a single file, or for what comes from stdin" })
        .option("min-label", { choices: LABELS, describe: "Do not send it under a worse security label than this" })
        .option("wait", { type: "boolean", default: false, describe: "Wait until the message is on another device" }),
    run: send,
  });

async function send(args: SendArgs, session: Session): Promise<void> {
  if (args.path.length > MOST) throw new UsageError(`A message takes at most ${MOST} files.`);
  if (args.name !== undefined && args.path.length > 1) throw new UsageError("--name is for a single file.");
  const conversation = await conversationOf(session, args.conversation);
  const opened: Opened[] = [];
  const bar = new ProgressBar(session);
  try {
    for (const path of args.path) opened.push(await openFile(path, args.name, session));
    const sent = await session.call(
      "file.send",
      {
        conversation,
        text: args.text ?? "",
        minLabel: args["min-label"],
        files: opened.map(({ name, size }) => ({ name, mime: mimeOf(name), size })),
      },
      {
        fallback: Infinity,
        async onEvent(event) {
          const file = opened[event.n];
          if (file === undefined) throw new HomeportError("malformed", "The daemon asked for a file that was not named.");
          if (event.event === "upload") await bar.show(file.name, 0, file.size);
          if (event.event === "progress") await bar.show(file.name, event.bytes, file.size);
          // Not awaited: the bytes go beside the events. What breaks them off shows at the daemon, which ends the call.
          if (event.event === "upload") upload(session, event.ticket, file.bytes).catch(() => undefined);
        },
      },
    );
    await bar.end();
    await settle(args.wait, session, sent);
  } finally {
    await bar.end();
    for (const { handle } of opened) await handle?.close();
  }
}

async function settle(wait: boolean, session: Session, sent: Result<"file.send">): Promise<void> {
  if (!wait) return session.answer(sent, sentText);
  const ended = await session.call("message.wait", { id: sent.id }).catch(async (error: unknown) => {
    await session.answer(sent, sentText);
    throw error;
  });
  await session.answer({ ...sent, state: ended.state }, sentText);
}

const sentText = ({ id, state, files }: Result<"file.send">): string =>
  [`${id}  ${state}`, ...files.map((file) => `  ${file.file}  ${attachmentText(file)}`)].join("\n");

/** Opened here, with the rights of whoever runs the command: the daemon is never told a path. */
async function openFile(path: string, name: string | undefined, session: Session): Promise<Opened> {
  if (path === "-") return { name: name ?? "stdin", size: undefined, bytes: session.shell.stdin, handle: undefined };
  const handle = await open(path, "r").catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw new HomeportError("not-found", `${path} cannot be read (${code ?? "unknown error"}); check the path and its permissions.`, {
      cause,
    });
  });
  const found = await handle.stat();
  if (!found.isFile()) {
    await handle.close();
    throw new UsageError(`${path} is no file; a folder can be sent as an archive.`);
  }
  return { name: (name ?? basename(path)).slice(0, 255), size: found.size, bytes: piecesOf(handle), handle };
}

async function* piecesOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(PIECE), 0, PIECE, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
