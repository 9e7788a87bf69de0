import { readdirSync, readFileSync } from "node:fs";

/** Ids of the processes that a process has started, and those that these have, from /proc. */
export function descendants(pid: number): number[] {
  const parents = new Map(all().map((one) => [one, parentOf(one)]));
  const children = (of: number): number[] => [...parents].filter(([, parent]) => parent === of).map(([child]) => child);
  const below = (of: number): number[] => children(of).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

export function isAlive(pid: number): boolean {
  return parentOf(pid) !== undefined;
}

/** Of /proc/PID/stat, behind the name in brackets, which may hold anything; a zombie is dead. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : Number(parent);
  } catch {
    // It ended between the listing and the look.
    return undefined;
  }
}

function all(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}
