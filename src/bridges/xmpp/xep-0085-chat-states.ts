import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

const STATES = ["active", "inactive", "gone", "composing", "paused"] as const;

/** Whether somebody writes; undefined where nothing is said of it. */
export function isComposing(message: Element): boolean | undefined {
  const state = STATES.find((name) => message.getChild(name, NS.chatStates));
  return state === undefined ? undefined : state === "composing";
}

export function chatState(state: "active" | "composing" | "paused"): Element {
  return el(state, { xmlns: NS.chatStates });
}
