import type { Conversation, StoredEntry } from "../sync/core.ts";
import type { Device } from "../sync/device.ts";
import { HomeportError } from "../sync/errors.ts";
import { deviceText, parseId, parseMessageId, PREFIX } from "../sync/log/public-id.ts";
import type { DeviceStanding } from "../sync/account/resolve.ts";
import { standingOf } from "../sync/account/resolve.ts";

/** Each throws `HomeportError` of code `not-found` for an id that is none or is not known here. */
export function findConversation(device: Device, id: string): Conversation {
  const bytes = parseId(PREFIX.conversation, id);
  const conversation = bytes && device.conversationById(bytes);
  if (!conversation) throw notFound("conversation", "`homeport chats` lists them");
  return conversation;
}

export function findMessage(device: Device, id: string): StoredEntry {
  const parsed = parseMessageId(id);
  const entry = parsed && device.entryByMessageId(parsed);
  if (!entry) throw notFound("message", "`homeport read CONVERSATION` lists them");
  return entry;
}

/** Throws `not-found` for a message of another conversation, too. */
export function findMessageIn(device: Device, conversation: Conversation, id: string): StoredEntry {
  const entry = findMessage(device, id);
  if (entry.conversationRow !== conversation.row) throw new HomeportError("not-found", "That message is in another conversation.");
  return entry;
}

export function findDevice(device: Device, id: string): DeviceStanding {
  const key = parseId(PREFIX.device, id);
  const standing = key && standingOf(device.account, key);
  if (!standing) throw notFound("device", "`homeport device list` lists them");
  return standing;
}

/** The name that people gave it, else the beginning of its id. */
export function nameOfDevice(device: Device, key: Uint8Array): string {
  return device.records.get(key)?.name || deviceText(key).slice(0, 12);
}

function notFound(what: string, hint: string): HomeportError {
  return new HomeportError("not-found", `There is no such ${what}; ${hint}.`);
}
