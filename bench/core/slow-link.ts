import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface SlowLink extends AsyncDisposable {
  port: number;
  /** Bytes that went towards the dialling side. */
  received(): number;
}

/** A link as of a mobile phone in a bad place: each direction has so many bits a second, and each byte takes so long. */
export async function slowLink(target: number, delayMs: number, bitsPerSecond: number): Promise<SlowLink> {
  let received = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const far = connect(target, "127.0.0.1");
    for (const socket of [client, far]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => socket.destroy());
    }
    slowly(client, far, delayMs, bitsPerSecond, () => undefined);
    slowly(far, client, delayMs, bitsPerSecond, (bytes) => {
      received += bytes;
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

/** Bytes on the way above which the sending side has to wait, as routers hold no more either. */
const QUEUE = 64 * 1024;

function slowly(from: Socket, to: Socket, delayMs: number, bitsPerSecond: number, count: (bytes: number) => void): void {
  let free = performance.now();
  let queued = 0;
  from.on("data", (chunk: Buffer) => {
    count(chunk.length);
    queued += chunk.length;
    if (queued > QUEUE) from.pause();
    free = Math.max(free, performance.now()) + (chunk.length * 8 * 1000) / bitsPerSecond;
    setTimeout(() => {
      queued -= chunk.length;
      if (queued <= QUEUE) from.resume();
      if (!to.destroyed) setTimeout(() => to.write(chunk), delayMs);
    }, free - performance.now());
  });
  from.on("close", () => setTimeout(() => to.destroy(), Math.max(0, free - performance.now()) + delayMs));
}
