import type { ChatRow } from "../../api/chats.ts";
import { cleanText } from "../../security-labels/index.ts";

export interface ChatFilter {
  words: string;
  only: "all" | "unread" | "insecure";
  /** A bridge account, or `homeport`; undefined for all. */
  folder: string | undefined;
  archived: boolean;
}

export const EVERYTHING: ChatFilter = { words: "", only: "all", folder: undefined, archived: false };

/** In the order of the device: pinned, others, archived. Who searches finds archived ones as well. */
export function filterChats(chats: readonly ChatRow[], filter: ChatFilter): ChatRow[] {
  const words = filter.words.trim().toLocaleLowerCase();
  return chats.filter((chat) => {
    if (chat.archived !== filter.archived && words === "") return false;
    if (filter.folder !== undefined && folderOf(chat) !== filter.folder) return false;
    if (filter.only === "unread" && chat.unread === 0) return false;
    if (filter.only === "insecure" && chat.label !== "plaintext") return false;
    return nameOf(chat).toLocaleLowerCase().includes(words);
  });
}

const folderOf = ({ account, network }: ChatRow): string => account ?? network;

export interface Folder {
  id: string;
  network: string;
  unread: number;
}

/** The networks that conversations are on, each account by itself, in the order of their names. */
export function foldersOf(chats: readonly ChatRow[]): Folder[] {
  const folders = new Map<string, Folder>();
  for (const chat of chats) {
    const id = folderOf(chat);
    const known = folders.get(id) ?? { id, network: chat.network, unread: 0 };
    folders.set(id, { ...known, unread: known.unread + (chat.muted ? 0 : chat.unread) });
  }
  return [...folders.values()].sort((a, b) => (a.network === b.network ? (a.id < b.id ? -1 : 1) : a.network < b.network ? -1 : 1));
}

/** For the title of the window: what is not muted, and mentions wherever they are. */
export function countOf(chats: readonly ChatRow[]): number {
  return chats.reduce((sum, { muted, archived, unread, mentions }) => sum + (muted || archived ? mentions : unread), 0);
}

export function nameOf(chat: Pick<ChatRow, "name" | "network">): string {
  return cleanText(chat.name, 80) || chat.network;
}
