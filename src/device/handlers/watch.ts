import type { FileRow } from "../../api/file-row.ts";
import type { WatchEvent } from "../../api/messages.ts";
import type { Moment } from "../../api/moments.ts";
import type { Handlers } from "../../api/methods.ts";
import type { Device } from "../../sync/device.ts";
import { HomeportError } from "../../sync/errors.ts";
import { noticeRow } from "../account/show.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation } from "../lookup.ts";
import { fileRow } from "../views/files.ts";
import { CHANGE, type ChangeRow, changesAfter, newestChange } from "../../sync/store/changes.ts";
import { chatOf } from "../views/chats.ts";
import { conversationText } from "../../sync/log/public-id.ts";
import { messageOf } from "../views/messages.ts";
import { viewContext } from "./views.ts";

const READ_AT_ONCE = 200;
const MOST_MOMENTS = 100;

export function watchHandlers(context: HandlerContext): Pick<Handlers, "watch"> {
  const { device } = context;
  return {
    async watch({ conversation: id, after }, { signal, emit }) {
      const conversation = id === undefined ? undefined : findConversation(device, id).row;
      const moved = new Set<number>();
      const stopListening = context.files.progress.add((file) => void moved.add(file));
      signal.addEventListener("abort", stopListening, { once: true });
      const moments: Moment[] = [];
      const stopHearing = context.moments.heard.add((moment) => keep(moments, moment, id));
      signal.addEventListener("abort", stopHearing, { once: true });
      let n = after === undefined ? newestChange(device.sql) : parseCursor(device, after);
      await emit({ event: "ready", cursor: cursorOf(n) });
      const told = new Set<string>();
      while (!signal.aborted) {
        for (const event of noticesNotIn(context, told, cursorOf(n))) await emit(event);
        const upTo = newestChange(device.sql);
        const changes = changesAfter(device.sql, n, conversation, READ_AT_ONCE);
        for (const change of changes) {
          n = change.n;
          const event = eventOf(context, change);
          if (event) await emit(event);
          signal.throwIfAborted();
        }
        if (changes.length > 0) continue;
        n = Math.max(n, upTo);
        for (const file of filesMoved(context, moved, conversation)) await emit({ event: "file", cursor: cursorOf(n), file });
        for (const moment of moments.splice(0)) await emit({ event: "moment", cursor: cursorOf(n), moment });
        await nextChange(
          context,
          signal,
          () =>
            moved.size > 0 || moments.length > 0 || newestChange(device.sql) > n || noticesNotIn(context, new Set(told), "c0").length > 0,
        );
      }
      return {};
    },
  };
}

/** Those that nobody has settled are told again at each start: they are not to be missed. */
function noticesNotIn({ device, notices }: HandlerContext, told: Set<string>, cursor: string): WatchEvent[] {
  return notices.open().flatMap((notice) => {
    const row = noticeRow(device, notice);
    const key = `${row.operation}/${row.code}`;
    if (told.has(key)) return [];
    told.add(key);
    return [{ event: "notice" as const, cursor, notice: row }];
  });
}

function eventOf(context: HandlerContext, change: ChangeRow): WatchEvent | undefined {
  const cursor = cursorOf(change.n);
  if (change.what === CHANGE.conversation) return chatEvent(context, change.conversation, cursor);
  const entry = context.device.entry(change.entry);
  const message = entry && messageOf(viewContext(context), entry);
  if (!message) return undefined;
  if (change.what === CHANGE.message) return { event: "message", cursor, message };
  if (change.what === CHANGE.content) return { event: "changed", cursor, message };
  const { id, state, reason, code, label, facts } = message;
  const why = { ...(reason === undefined ? {} : { reason }), ...(code === undefined ? {} : { code }) };
  return { event: "state", cursor, id, state, ...why, label, facts };
}

function chatEvent(context: HandlerContext, row: number, cursor: string): WatchEvent | undefined {
  const conversation = context.device.conversation(row);
  const chat = conversation && chatOf(viewContext(context), conversation);
  if (!conversation) return undefined;
  return chat ? { event: "chat", cursor, chat } : { event: "gone", cursor, conversation: conversationText(conversation.id) };
}

/** Who reads too slowly misses the older ones: they hold no more. */
function keep(moments: Moment[], moment: Moment, only: string | undefined): void {
  if (only !== undefined && moment.conversation !== only) return;
  moments.push(moment);
  if (moments.length > MOST_MOMENTS) moments.shift();
}

/** How far they are now; between two looks only the last state of each counts. */
function filesMoved({ device, files }: HandlerContext, moved: Set<number>, conversation: number | undefined): FileRow[] {
  const rows = [...moved].flatMap((file) => fileRow(files, device, file, conversation) ?? []);
  moved.clear();
  return rows;
}

/** Resolves when there is something new, or the caller went. */
function nextChange({ device, files, moments }: HandlerContext, signal: AbortSignal, isThere: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      removeChange();
      removeProgress();
      removeHeard();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const removeChange = device.changes.add(done);
    const removeProgress = files.progress.add(done);
    const removeHeard = moments.heard.add(done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted || isThere()) done();
  });
}

const cursorOf = (n: number): string => `c${n}`;

function parseCursor(device: Device, text: string): number {
  const n = /^c(\d{1,15})$/.exec(text)?.[1];
  if (n === undefined || Number(n) > newestChange(device.sql))
    throw new HomeportError(
      "bad-cursor",
      "This cursor is not of this device. Start without --after, and read what is missing with `homeport read`.",
    );
  return Number(n);
}
