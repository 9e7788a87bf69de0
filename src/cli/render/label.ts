import type { SecurityLabel, Trust } from "../../security-labels/index.ts";

const WORDS: Record<SecurityLabel, string> = {
  plaintext: "not encrypted",
  "server-reads": "server reads",
  "e2ee-at-bridge": "end-to-end to your home PC",
  "e2ee-device": "end-to-end between devices",
};

/** Mark and words of a row. */
export const labelText = (label: SecurityLabel): string => `[${WORDS[label]}]`;

/** The second axis; empty where there is none. */
export const trustText = (trust: Trust | null | undefined): string => (trust === null || trust === undefined ? "" : `[${trust}]`);
