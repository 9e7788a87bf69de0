import type { FileRow } from "../../api/file-row.ts";
import { HomeportError } from "../../api/errors.ts";
import { download } from "../bulk.ts";
import { type Command, command } from "../command.ts";
import { ProgressBar } from "../progress-bar.ts";
import { clean } from "../render/clean.ts";
import { attachmentText } from "../render/file.ts";
import { saveFile, type Target, targetOf } from "../save-file.ts";
import { UsageError } from "../failure.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

/** Milliseconds without a single byte after which `--wait` gives up, where `--timeout` does not say. */
const STALLED_MS = 60_000;

interface GetArgs {
  of: string;
  to: string | undefined;
  wait: boolean;
}

/** `path` is null for what is not here yet. */
type Got = FileRow & { path: string | null };

export const fileGetCommand = (shell: Shell): Command =>
  command<GetArgs>(shell, {
    command: "get <of>",
    describe: "Save the files of a message; those that are not here are fetched",
    options: (yargs) =>
      yargs
        .positional("of", { type: "string", demandOption: true, describe: "Id of the message or of the file" })
        .option("to", {
          type: "string",
          requiresArg: true,
          describe: "Folder, or path of a file that is not there yet (default: this folder)",
        })
        .option("wait", { type: "boolean", default: false, describe: "Wait until they are here" }),
    run: get,
  });

async function get({ of, to, wait }: GetArgs, session: Session): Promise<void> {
  const target = await targetOf(to);
  const rows = await session.call("file.of", { of });
  if (rows.length > 1 && target.name !== undefined) throw new UsageError("The message has several files: give a folder by --to.");
  const got: Got[] = [];
  for (const row of rows) got.push(await one(session, row, target, wait));
  await session.answer(got, gotText);
}

async function one(session: Session, row: FileRow, target: Target, wait: boolean): Promise<Got> {
  let file = row.state === "here" ? row : await session.call("file.fetch", { file: row.file });
  if (file.state !== "here" && wait) file = await arrival(session, file);
  return file.state === "here" ? { ...file, path: await save(session, file, target) } : { ...file, path: null };
}

/** Goes on as long as something comes. */
async function arrival(session: Session, row: FileRow): Promise<FileRow> {
  const bar = new ProgressBar(session);
  const stalled = new AbortController();
  const late = () =>
    stalled.abort(new HomeportError("timed-out", "Nothing of the file comes; is another device with it online? It goes on by itself."));
  let timer = setTimeout(late, STALLED_MS);
  let received = -1;
  try {
    return await session.call(
      "file.wait",
      { file: row.file },
      {
        fallback: Infinity,
        signal: AbortSignal.any([session.shell.signal, stalled.signal]),
        async onEvent(event) {
          if (event.received !== received) {
            clearTimeout(timer);
            timer = setTimeout(late, STALLED_MS);
          }
          ({ received } = event);
          await bar.show(event.name, event.received, event.size);
        },
      },
    );
  } finally {
    clearTimeout(timer);
    await bar.end();
  }
}

async function save(session: Session, row: FileRow, target: Target): Promise<string> {
  let path: string | undefined;
  const bar = new ProgressBar(session);
  const onEvent = async ({ ticket }: { ticket: string }) => {
    path = await saveFile(target, row.name, row.size, shown(download(session, ticket), row, bar));
  };
  try {
    await session.call("file.open", { file: row.file }, { fallback: Infinity, onEvent });
  } finally {
    await bar.end();
  }
  if (path === undefined) throw new HomeportError("broken-off", "The file did not come whole; get it again.");
  return path;
}

async function* shown(bytes: AsyncIterable<Uint8Array>, row: FileRow, bar: ProgressBar): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const piece of bytes) {
    count += piece.length;
    yield piece;
    await bar.show(row.name, count, row.size);
  }
}

const gotText = (rows: readonly Got[]): string =>
  rows.map((row) => (row.path === null ? `${row.file}  ${attachmentText(row)}` : `${clean(row.path, "line")}`)).join("\n");
