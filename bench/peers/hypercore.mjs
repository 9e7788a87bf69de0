/**
 * Hypercore's replication, as a peer of `catch-up`: `node hypercore.mjs FOLDER serve COUNT` appends so many blocks of 300 bytes and
 * prints `{"port", "key"}`; `node hypercore.mjs FOLDER fetch COUNT PORT KEY` takes them all, to the disk, and prints `{"ms"}`.
 * Both end with their input.
 */
import { createServer, connect } from "node:net";
import Hypercore from "hypercore";

const [folder, role, count, port, key] = process.argv.slice(2);
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const block = (n) => Buffer.from(`${n} `.padEnd(300, "the harbour lies quiet "));

function replicate(core, socket, initiator) {
  const stream = core.replicate(initiator);
  socket.on("error", () => stream.destroy());
  stream.on("error", () => socket.destroy());
  socket.pipe(stream).pipe(socket);
}

process.stdin.resume().once("end", () => process.exit(0));
if (role === "serve") {
  const core = new Hypercore(folder);
  await core.ready();
  for (let n = core.length; n < Number(count); n += 1000) await core.append(Array.from({ length: 1000 }, (_, i) => block(n + i)));
  const server = createServer((socket) => replicate(core, socket, false));
  server.listen(0, "127.0.0.1", () => print({ port: server.address().port, key: core.key.toString("hex") }));
} else {
  const core = new Hypercore(folder, Buffer.from(key, "hex"));
  await core.ready();
  const begun = performance.now();
  replicate(core, connect(Number(port), "127.0.0.1"), true);
  await core.download({ start: 0, end: Number(count) }).done();
  print({ ms: performance.now() - begun, length: core.length });
}
