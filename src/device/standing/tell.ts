import { standingOf } from "../../sync/account/resolve.ts";
import type { Device } from "../../sync/device.ts";
import { sameBytes, toHex } from "../../sync/encoding/bytes.ts";
import type { Link } from "../../sync/ports.ts";
import { encodeStanding } from "./frame.ts";

/** A frame of a link takes no more; an account that is larger tells nothing, and the device goes on being refused. */
const MOST = 512 << 10;

/**
 * Tells a device that was shut out that it is, by the signed ops of the account that say so and those before them: nothing of what
 * became of the account since. Whoever is no device of the account, or may come in, is told nothing.
 */
export function tellStanding(device: Device, link: Link): void {
  link.start({ frame: () => link.close(), closed: () => undefined });
  const ops = opsAgainst(device, link.peer);
  const frame = ops && encodeStanding(ops);
  if (frame && frame.length <= MOST)
    link.send(frame).then(
      () => link.close(),
      () => link.close(),
    );
  else link.close();
}

function opsAgainst(device: Device, transport: Uint8Array): Uint8Array[] | undefined {
  const known = device.records.all().find((record) => sameBytes(record.transport, transport));
  const standing = known && standingOf(device.account, known.device);
  if (!standing || standing.state === "admitted") return undefined;
  const operations = device.ops.operations();
  const byKey = new Map(operations.map((op) => [op.key, op]));
  const wanted = new Set<string>();
  const open = [toHex(standing.why.op), toHex(standing.admittedBy)];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const op = byKey.get(key);
    if (!op || wanted.has(key)) continue;
    wanted.add(key);
    open.push(...op.parentKeys, ...(op.prevKey === null ? [] : [op.prevKey]));
  }
  return operations.filter(({ key }) => wanted.has(key)).map(({ bytes }) => bytes);
}
