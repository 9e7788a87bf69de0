import type { Member } from "../contract/index.ts";
import { roleOf } from "./roles.ts";
import type { Person, Room } from "./rooms.ts";
import { type Draft, type Scene, userId } from "./scene.ts";

const MEMBERS_PER_EVENT = 500;

export function member(person: Person, state: Member["state"], scene: Scene): Member {
  const role = roleOf(person.modes, scene.support);
  return { user: userId(person.nick), state, ...(role ? { role } : {}) };
}

export function memberDelta(room: Room, set: Member[]): Draft {
  return { kind: "members", conv: room.id, mode: "delta", set };
}

/** The list of who is there, in parts that stay small. */
export function memberList(room: Room, people: Person[], scene: Scene): Draft[] {
  const parts: Draft[] = [];
  for (let start = 0; start === 0 || start < people.length; start += MEMBERS_PER_EVENT) {
    const set = people.slice(start, start + MEMBERS_PER_EVENT).map((person) => member(person, "join", scene));
    parts.push({ kind: "members", conv: room.id, mode: start === 0 ? "snapshot" : "delta", set });
  }
  return parts;
}

/** People whose rank a MODE line changes: `+o-v alice bob` as `["+o-v", "alice", "bob"]`. */
export function rankChanges(room: Room, [letters = "", ...parameters]: string[], scene: Scene): Draft[] {
  const changed = new Map<string, Person>();
  for (const { mode, add, parameter } of modeChanges(letters, parameters, scene)) {
    const folded = scene.conversations.fold(parameter ?? "");
    const person = room.people.get(folded);
    if (!person || !scene.support.prefixes.some((prefix) => prefix.mode === mode)) continue;
    person.modes = person.modes.replaceAll(mode, "") + (add ? mode : "");
    changed.set(folded, person);
  }
  const set = [...changed.values()].map((person) => member(person, "join", scene));
  return set.length === 0 ? [] : [memberDelta(room, set)];
}

function modeChanges(letters: string, parameters: string[], scene: Scene): { mode: string; add: boolean; parameter: string | undefined }[] {
  const { prefixes, modesWithParameter } = scene.support;
  const always = modesWithParameter.always + prefixes.map(({ mode }) => mode).join("");
  const rest = [...parameters];
  let add = true;
  return Array.from(letters).flatMap((mode) => {
    if (mode === "+" || mode === "-") {
      add = mode === "+";
      return [];
    }
    const takes = always.includes(mode) || (add && modesWithParameter.whenSet.includes(mode));
    return [{ mode, add, parameter: takes ? rest.shift() : undefined }];
  });
}
