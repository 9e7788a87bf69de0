import type { FileRow } from "../../api/file-row.ts";
import type { CallContext, Checked, EventOf, Handlers, Result } from "../../api/methods.ts";
import type { FileRef } from "../../sync/content/file.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { Conversation, StoredEntry } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Imported } from "../../sync/files/import.ts";
import { files as table, refAt } from "../../sync/files/table.ts";
import { messageText, parseId, parseMessageId, PREFIX } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation, findMessage } from "../lookup.ts";
import { fileRow, rowAt } from "../views/files.ts";
import { stateOfEntry } from "../views/delivery.ts";
import { requireOpen } from "./messages.ts";

/** Milliseconds between two events about one upload. */
const TELL_MS = 200;

export function fileHandlers(context: HandlerContext): Pick<Handlers, Extract<keyof Handlers, `file.${string}`>> {
  const { device, files, bulk } = context;
  const rowOf = (row: number): FileRow => fileRow(files, device, row) ?? notFound();
  return {
    "file.send": (params, call) => send(context, params, call),

    async "file.list"({ conversation, limit }) {
      const row = conversation === undefined ? undefined : findConversation(device, conversation).row;
      return table.places(device.sql, row, limit).flatMap((place) => rowAt(files, device, place) ?? []);
    },

    async "file.of"({ of }) {
      if (!parseMessageId(of)) return [rowOf(findFile(context, of))];
      const entry = findMessage(device, of);
      const rows = files.ofEntry(entry).flatMap((file, n) => rowAt(files, device, { entry: entry.row, n, file }) ?? []);
      return rows.length > 0 ? rows : notFound();
    },

    async "file.fetch"({ file }) {
      const row = findFile(context, file);
      files.fetch(row);
      return rowOf(row);
    },

    "file.wait": ({ file }, call) => wait(context, findFile(context, file), call),

    async "file.open"({ file }, { signal, emit }) {
      const row = findFile(context, file);
      const [place] = table.placesOf(device.sql, row);
      const ref = place && refAt(device, place);
      if (!ref) return notFound();
      if (files.progressOf(row).state !== "here") throw new HomeportError("not-here", "The file is not on this device yet.");
      await bulk.send(signal, (ticket) => emit({ event: "download", ticket }), files.read(row, ref));
      return rowOf(row);
    },

    async "file.cancel"({ file }) {
      const row = findFile(context, file);
      await files.cancel(row);
      return rowOf(row);
    },
  };
}

async function send(context: HandlerContext, params: Checked<"file.send">, call: CallContext<"file.send">): Promise<Result<"file.send">> {
  const { device, files } = context;
  const conversation = findConversation(device, params.conversation);
  requireFiles(conversation);
  requireOpen(device, conversation);
  const entry = await store(context, conversation, params, call);
  const rows = files.ofEntry(entry).flatMap((file, n) => rowAt(files, device, { entry: entry.row, n, file }) ?? []);
  return { id: messageText(entry), state: stateOfEntry(context.device, entry), files: rows };
}

/** All files and the entry that names them, or nothing. */
async function store(
  { device, files, bulk }: HandlerContext,
  { row }: Conversation,
  params: Checked<"file.send">,
  call: CallContext<"file.send">,
): Promise<StoredEntry> {
  const imported: Imported[] = [];
  try {
    for (const [n, file] of params.files.entries()) imported.push(await take({ device, files, bulk }, call, n, file.size));
    call.signal.throwIfAborted();
    const refs = params.files.map((file, n) => refOf(imported[n] as Imported, file));
    const body: Record<string, Cbor> = { text: params.text, style: "text", files: refs };
    if (params.minLabel !== undefined) body.minLabel = params.minLabel;
    return device.transact((writer) => {
      const entry = writer.append(row, KIND.text, body);
      for (const one of imported) files.keep(writer, one);
      return entry;
    });
  } catch (error) {
    await Promise.allSettled(imported.map((one) => files.discard(one)));
    throw error;
  }
}

async function take(
  context: Pick<HandlerContext, "device" | "files" | "bulk">,
  { signal, emit }: CallContext<"file.send">,
  n: number,
  size: number | undefined,
): Promise<Imported> {
  const { device, files, bulk } = context;
  let toldAt = device.now();
  const progress = (bytes: number) => {
    const now = device.now();
    if (Math.abs(now - toldAt) < TELL_MS) return;
    toldAt = now;
    emit({ event: "progress", n, bytes }).catch(() => undefined);
  };
  const tell = (ticket: string) => emit({ event: "upload", n, ticket } satisfies EventOf<"file.send">);
  const imported = await bulk.receive(signal, tell, (bytes) => files.import(bytes, size ?? 0, progress));
  if (size === undefined || imported.size === size) return imported;
  await files.discard(imported);
  throw new HomeportError("changed", "The file changed while it was read; send it again.");
}

const refOf = ({ root, key, size }: Imported, { name, mime }: { name: string; mime: string }): Cbor =>
  ({ root, key, size, name, mime }) satisfies FileRef;

function requireFiles({ founding }: Conversation): void {
  if (founding.kind === "bridge")
    throw new HomeportError(
      "unsupported",
      "Files cannot be sent to other networks yet; send a link, or use a conversation of Homeport's own.",
    );
}

/** Resolves once the file is here; rejects with why it will not come by itself. */
async function wait({ device, files }: HandlerContext, row: number, { signal, emit }: CallContext<"file.wait">): Promise<FileRow> {
  for (;;) {
    const moved = nextProgress(files.progress, row, signal);
    const now = fileRow(files, device, row) ?? notFound();
    if (now.state === "here") return now;
    if (now.problem) throw new HomeportError(now.problem.code, now.problem.message);
    if (now.state === "away") throw new HomeportError("not-here", "The file is not being fetched any more.");
    await emit(now);
    await moved;
    signal.throwIfAborted();
  }
}

function nextProgress(progress: { add(hear: (row: number) => void): () => void }, row: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      remove();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const remove = progress.add((moved) => moved === row && done());
    signal.addEventListener("abort", done, { once: true });
  });
}

function findFile({ files }: HandlerContext, id: string): number {
  const root = parseId(PREFIX.file, id);
  return (root && files.byRoot(root)?.row) ?? notFound();
}

function notFound(): never {
  throw new HomeportError("not-found", "There is no such file; `homeport file list` lists them.");
}
