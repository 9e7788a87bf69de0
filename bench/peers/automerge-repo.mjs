/**
 * automerge-repo's synchronisation, as a peer of `catch-up`: `node automerge-repo.mjs FOLDER serve COUNT` makes a document with a
 * list of so many texts of 300 bytes and prints `{"port", "key"}`; `… FOLDER fetch COUNT PORT KEY` takes it, to the disk, and prints
 * `{"ms"}`. Both end with their input.
 */
import "./plain-cbor.mjs";
import { Repo } from "@automerge/automerge-repo";
import { NodeWSServerAdapter, WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";

const [folder, role, count, port, key] = process.argv.slice(2);
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const text = (n) => `${n} `.padEnd(300, "the harbour lies quiet ");

process.stdin.resume().once("end", () => process.exit(0));
if (role === "serve") {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  const repo = new Repo({ storage: new NodeFSStorageAdapter(folder), network: [new NodeWSServerAdapter(server)] });
  const handle = repo.create({ lines: [] });
  // One change an entry, as messages come.
  for (let n = 0; n < Number(count); n++) handle.change((doc) => void doc.lines.push(text(n)));
  await repo.flush();
  print({ port: server.address().port, key: handle.url });
} else {
  const begun = performance.now();
  const network = [new WebSocketClientAdapter(`ws://127.0.0.1:${port}`)];
  const repo = new Repo({ storage: new NodeFSStorageAdapter(folder), network });
  // Before there is somebody to ask, a document counts as unavailable.
  await new Promise((resolve) => repo.networkSubsystem.once("peer", resolve));
  const handle = await repo.find(key);
  await handle.whenReady();
  while (handle.doc().lines.length < Number(count)) await new Promise((resolve) => setTimeout(resolve, 5));
  await repo.flush();
  print({ ms: performance.now() - begun, length: handle.doc().lines.length });
}
