/** Where a key works, in the order that the key map shows it. */
export const GROUPS = ["everywhere", "chats"] as const;

/**
 * Every key of the app beside those of its controls. `Mod` is Ctrl, on a Mac Command; two keys with a space between are pressed one
 * after the other. Each has its words in the texts, `keys.does.<id>`.
 */
export const SHORTCUTS = [
  { id: "keys", keys: "?", group: "everywhere" },
  { id: "chats", keys: "g c", group: "everywhere" },
  { id: "bridges", keys: "g n", group: "everywhere" },
  { id: "devices", keys: "g d", group: "everywhere" },
  { id: "who", keys: "g w", group: "everywhere" },
  { id: "settings", keys: "g s", group: "everywhere" },
  { id: "back", keys: "Escape", group: "everywhere" },
  { id: "next", keys: "Alt+ArrowDown", group: "chats" },
  { id: "previous", keys: "Alt+ArrowUp", group: "chats" },
  { id: "nextUnread", keys: "Alt+Shift+ArrowDown", group: "chats" },
  { id: "previousUnread", keys: "Alt+Shift+ArrowUp", group: "chats" },
] as const satisfies readonly { id: string; keys: string; group: (typeof GROUPS)[number] }[];

export type ShortcutId = (typeof SHORTCUTS)[number]["id"];
