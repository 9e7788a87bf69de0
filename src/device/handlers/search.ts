import type { Handlers } from "../../api/methods.ts";
import type { SearchHit } from "../../api/search.ts";
import type { Device } from "../../sync/device.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Hit } from "../../sync/search/search.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation, nameOfDevice } from "../lookup.ts";
import { messageOf } from "../views/messages.ts";
import { conversationInfo } from "../views/newest.ts";
import { viewContext } from "./views.ts";

const ME = "me";

export function searchHandlers(context: HandlerContext): Pick<Handlers, "search"> {
  const { device } = context;
  return {
    async search({ words, conversation, from, after, before, limit, cursor }) {
      const { hits, next, pending } = await context.search.find({
        ...{ words, since: after, until: before, limit },
        conversation: conversation === undefined ? undefined : findConversation(device, conversation).row,
        from: from === undefined ? undefined : { name: from, devices: devicesCalled(device, from) },
        below: cursor === undefined ? undefined : parseCursor(cursor),
      });
      const shown = hits.flatMap((hit) => shownHit(context, hit) ?? []);
      return { hits: shown, next: next === undefined ? null : cursorOf(next), complete: pending === 0, pending };
    },
  };
}

function shownHit(context: HandlerContext, { entry, matches }: Hit): SearchHit | undefined {
  const message = messageOf(viewContext(context), entry);
  return message && { message, name: nameOf(context.device, entry.conversationRow), matches };
}

function nameOf(device: Device, conversation: number): string {
  const kind = device.conversation(conversation)?.founding.kind;
  return kind === "self" ? "Note to self" : (conversationInfo(device, conversation)?.name ?? "");
}

function devicesCalled(device: Device, name: string): Uint8Array[] {
  const keys = [...device.account.devices.values()].map(({ key }) => key);
  return name === ME ? keys : keys.filter((key) => nameOfDevice(device, key).toLowerCase() === name.toLowerCase());
}

const cursorOf = (doc: number): string => `s${doc}`;

function parseCursor(text: string): number {
  const doc = /^s(\d{1,16})$/.exec(text)?.[1];
  if (doc === undefined || !Number.isSafeInteger(Number(doc)))
    throw new HomeportError("bad-cursor", "This cursor is not one of a search. Search again from the start.");
  return Number(doc);
}
