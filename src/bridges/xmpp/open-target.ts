import type { Iqs } from "./iqs.ts";
import type { Roster } from "./rfc-6121-roster.ts";
import { discoInfo, type DiscoItem, discoItems } from "./xep-0030-disco.ts";

/** Services of one server that are asked. */
const MAX_SERVICES = 20;

/** Whether an address is a person or a room. A room that nobody has made yet is known by its service. */
export async function findKind(iqs: Iqs, roster: Roster, bare: string, domain: string): Promise<"room" | "person"> {
  if (roster.get(bare)) return "person";
  const info = await discoInfo(iqs, bare).catch(() => undefined);
  const identities = info?.identities ?? [];
  if (identities.some(({ category }) => category === "conference")) return "room";
  if (identities.some(({ category }) => category === "account")) return "person";
  return (await isConference(iqs, domain)) ? "room" : "person";
}

/** Rooms that the services of the server show to everybody. */
export async function publicRooms(iqs: Iqs, domain: string, query: string | undefined): Promise<DiscoItem[]> {
  const wanted = query?.toLowerCase() ?? "";
  const services = (await discoItems(iqs, domain)).slice(0, MAX_SERVICES);
  const isRooms = await Promise.all(services.map(({ jid }) => isConference(iqs, jid)));
  const conferences = services.filter((_, index) => isRooms[index]);
  const rooms = await Promise.all(conferences.map(({ jid }) => discoItems(iqs, jid).catch(() => [])));
  return rooms.flat().filter(({ jid, name }) => jid.includes("@") && (jid.includes(wanted) || name.toLowerCase().includes(wanted)));
}

async function isConference(iqs: Iqs, jid: string): Promise<boolean> {
  const info = await discoInfo(iqs, jid).catch(() => undefined);
  return info?.identities.some(({ category, type }) => category === "conference" && type === "text") ?? false;
}
