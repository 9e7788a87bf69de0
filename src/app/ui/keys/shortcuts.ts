import { useEffect, useRef } from "react";
import { type ShortcutId, SHORTCUTS } from "./key-list.ts";

const SINGLE = "homeport-single-keys";
/** Between the two keys of a pair. */
const PAIR_MS = 1200;

export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/** Keys without Ctrl or Alt can be switched off, for who speaks to the computer (WCAG 2.1.4). */
export const singleKeys = (): boolean => localStorage.getItem(SINGLE) !== "off";

export function setSingleKeys(on: boolean): void {
  localStorage.setItem(SINGLE, on ? "on" : "off");
}

/** Runs while the component is shown. Not while a dialog is open, and single keys not while something is written. */
export function useShortcut(id: ShortcutId, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const { keys } = SHORTCUTS.find((shortcut) => shortcut.id === id) as (typeof SHORTCUTS)[number];
    let began = 0;
    const [first, second] = keys.split(" ") as [string, string?];
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("[role=dialog],[role=alertdialog],[role=menu]")) return;
      if (isSingle(first) && (isWriting(event.target) || !singleKeys())) return;
      const inPair = second !== undefined && event.timeStamp - began < PAIR_MS;
      if (second !== undefined && !inPair) {
        if (presses(event, first)) began = event.timeStamp;
        return;
      }
      began = 0;
      if (!presses(event, second ?? first)) return;
      event.preventDefault();
      latest.current();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [id]);
}

function isSingle(keys: string): boolean {
  return keys.length === 1;
}

/** Shift is part of what a single character is: "?" is Shift and another key, each keyboard its own. */
function presses(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1) as string;
  const modifiers = new Set(parts.slice(0, -1));
  const mod = isMac() ? event.metaKey : event.ctrlKey;
  const other = isMac() ? event.ctrlKey : event.metaKey;
  if (mod !== modifiers.has("Mod") || other || event.altKey !== modifiers.has("Alt")) return false;
  if (key.length > 1 && event.shiftKey !== modifiers.has("Shift")) return false;
  return key.length === 1 ? event.key.toLowerCase() === key.toLowerCase() : event.key === key;
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
