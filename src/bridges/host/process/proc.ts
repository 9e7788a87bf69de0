/** What Linux tells of processes. All of it races with their end: what is gone is not there. */
import { readdirSync, readFileSync } from "node:fs";

const MAX_TREE = 256;

/** The process and all that descend from it, parents first; empty when it is gone or where there is no /proc. */
export function processTree(pid: number): number[] {
  const tree = existing(pid);
  for (let i = 0; i < tree.length && tree.length < MAX_TREE; i++) tree.push(...childrenOf(tree[i] as number));
  return tree;
}

const existing = (pid: number): number[] => (read(`/proc/${pid}/stat`) === undefined ? [] : [pid]);

function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => numbers(read(`/proc/${pid}/task/${thread}/children`)));
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

const numbers = (text: string | undefined): number[] => (text?.match(/\d+/g) ?? []).map(Number);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Resident bytes of all of them, shared pages counted for each. */
export function residentBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kibibytes(read(`/proc/${pid}/status`), "VmRSS"));
}

/** Proportional set size: shared pages are divided among those who share them. 0 where it may not be read. */
export function proportionalBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kibibytes(read(`/proc/${pid}/smaps_rollup`), "Pss"));
}

const sum = (pids: readonly number[], of: (pid: number) => number): number => pids.reduce((total, pid) => total + of(pid), 0);

function kibibytes(text: string | undefined, field: string): number {
  const match = text?.match(new RegExp(`^${field}:\\s+(\\d+) kB`, "m"));
  return match === undefined || match === null ? 0 : Number(match[1]) * 1024;
}
