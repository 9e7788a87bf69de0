import { SECTIONS, type SectionId } from "./settings/section-ids.ts";

/** Where the person is; kept in the address, so that back, reload and a second window work. */
export type Route =
  | { page: "chats" }
  | { page: "chat"; conversation: string; message?: string }
  | { page: "devices"; device?: string }
  | { page: "bridges"; account?: string }
  | { page: "who" }
  | { page: "settings"; section?: SectionId };

export const PAGES = ["chats", "bridges", "devices", "who", "settings"] as const;
export type PageName = (typeof PAGES)[number];

export function routeOf(hash: string): Route {
  const [page, rest, part] = hash.replace(/^#\/?/, "").split("/", 3);
  const id = rest ? decoded(rest) : undefined;
  switch (page) {
    case "c":
      return id === undefined ? { page: "chats" } : { page: "chat", conversation: id, ...messageOf(part) };
    case "devices":
      return id === undefined ? { page } : { page, device: id };
    case "bridges":
      return id === undefined ? { page } : { page, account: id };
    case "who":
      return { page };
    case "settings": {
      const section = SECTIONS.find((name) => name === id);
      return section === undefined ? { page } : { page, section };
    }
    default:
      return { page: "chats" };
  }
}

export function hashOf(route: Route): string {
  switch (route.page) {
    case "chats":
      return "#/";
    case "chat":
      return `#/c/${[route.conversation, ...(route.message === undefined ? [] : [route.message])].map(encodeURIComponent).join("/")}`;
    case "devices":
      return below("devices", route.device);
    case "bridges":
      return below("bridges", route.account);
    case "settings":
      return below("settings", route.section);
    case "who":
      return "#/who";
  }
}

/** What stands in the title of the window, as the name of a text; a conversation has its own name. */
export function titleOf(route: Route): string {
  switch (route.page) {
    case "chats":
    case "chat":
      return "nav.chats";
    case "settings":
      return route.section === undefined ? "nav.settings" : `settings.section.${route.section}`;
    default:
      return `nav.${route.page}`;
  }
}

function messageOf(part: string | undefined): { message?: string } {
  const message = part ? decoded(part) : undefined;
  return message === undefined ? {} : { message };
}

function below(page: string, id: string | undefined): string {
  return id === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(id)}`;
}

/** Undefined for what is no text: an address can be typed. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
