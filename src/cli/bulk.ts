import type { Socket } from "node:net";
import { BULK, bulkHead, bulkPieces, MAX_PIECE } from "../api/bulk.ts";
import { HomeportError } from "../api/errors.ts";
import { dialDaemon } from "./channel.ts";
import type { Session } from "./session.ts";

/** Sends bytes to the daemon, which waits for them under this ticket. */
export async function upload(session: Session, ticket: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const socket = await connect(session, ticket);
  try {
    for await (const chunk of bytes)
      for (let at = 0; at < chunk.length; at += MAX_PIECE) {
        const piece = chunk.subarray(at, at + MAX_PIECE);
        socket.write(bulkHead(piece.length));
        if (!(await written(socket, piece))) return;
      }
    await new Promise<void>((resolve) => socket.end(bulkHead(0), () => resolve()));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The bytes that the daemon gives out under this ticket. */
export async function* download(session: Session, ticket: string): AsyncGenerator<Uint8Array> {
  const socket = await connect(session, ticket);
  try {
    yield* bulkPieces(socket);
  } catch (cause) {
    throw new HomeportError("broken-off", "The daemon broke off; get the file again.", { cause });
  } finally {
    socket.destroy();
  }
}

/** False where nobody takes it any more. */
const written = (socket: Socket, bytes: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve(false);
    else socket.write(bytes, (error) => resolve(error === undefined || error === null));
  });

async function connect(session: Session, ticket: string): Promise<Socket> {
  const socket = await dialDaemon(await session.data());
  // What goes wrong shows where it is read or written.
  socket.on("error", () => socket.destroy());
  session.shell.signal.addEventListener("abort", () => socket.destroy(), { once: true });
  socket.write(`${BULK} ${ticket}\n`);
  return socket;
}
