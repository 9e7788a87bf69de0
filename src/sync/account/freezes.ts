/** A9: which freezes hold. */
import { toHex } from "../encoding/bytes.ts";
import type { Admission } from "./admissions.ts";
import type { Dag } from "./dag.ts";
import type { AccountOp } from "./op.ts";
import type { Recovery } from "./recovery.ts";

export interface Freeze {
  op: number;
  author: string;
  device: string;
}

/** Those that no recovery has lifted or made void. A device that was not kept is out, and comes back by a later add only. */
export function freezesOf(dag: Dag, recoveries: readonly Recovery[], isVoid: (op: number) => boolean): Freeze[] {
  return dag.ops.flatMap((op, i) => {
    if (op.body.type !== "freeze" || isVoid(i)) return [];
    const device = toHex(op.body.device);
    const lifted = recoveries.some((recovery) => dag.isBefore(i, recovery.op));
    return lifted ? [] : [{ op: i, author: op.authorKey, device }];
  });
}

/**
 * By device: the freezes in force against it. One whose author knew that it was frozen itself waits, like all its new ops;
 * two devices that freeze each other without knowing are both frozen.
 */
export function freezesInForce(dag: Dag, freezes: readonly Freeze[], admissions: Iterable<Admission>): ReadonlyMap<string, Freeze[]> {
  const inForce = new Map<string, Freeze[]>();
  const returns = [...admissions];
  // Numbers ascend, so that whatever a freeze can know was judged before it.
  for (const freeze of [...freezes].sort((a, b) => a.op - b.op)) {
    const known = (inForce.get(freeze.author) ?? []).filter((other) => dag.isBefore(other.op, freeze.op));
    if (known.some((other) => !cameBack(dag, returns, other, freeze))) continue;
    inForce.set(freeze.device, [...(inForce.get(freeze.device) ?? []), freeze]);
  }
  return inForce;
}

/** The frozen device was added anew in between. */
function cameBack(dag: Dag, admissions: readonly Admission[], frozenBy: Freeze, next: Freeze): boolean {
  return admissions.some(({ device, op }) => device === next.author && dag.isBefore(frozenBy.op, op) && dag.isBefore(op, next.op));
}

/** The freezes that an `unfreeze` by the same device lifts. */
export function liftedBy(dag: Dag, freezes: readonly Freeze[], unfreeze: number): Freeze[] {
  const { body, authorKey } = dag.ops[unfreeze] as AccountOp;
  if (body.type !== "unfreeze") return [];
  const device = toHex(body.device);
  return freezes.filter(({ op, author, device: frozen }) => author === authorKey && frozen === device && dag.isBefore(op, unfreeze));
}
