import { markSeen } from "../../src/device/views/unread.ts";
import { createNodeCrypto } from "../../src/node/node-crypto.ts";
import { makeDevice } from "../../src/node/make-device.ts";
import { openProfile } from "../../src/node/profile-store.ts";
import { KIND } from "../../src/sync/content/kinds.ts";
import { createRandom } from "../../src/sync/crypto/sodium.ts";
import { bridgeOf, fill } from "./fill.ts";

/** Puts a conversation of so many lines, all of them read, into the database of a node that is not running. Its id is `name`. */
export async function fillHome(data: string, name: string, count: number): Promise<void> {
  const crypto = await createNodeCrypto();
  const random = createRandom();
  const unasked = () => Promise.reject(new Error("a vault that asks for nothing"));
  const profile = await openProfile(crypto, random, data, unasked);
  // Its own timers keep no process alive.
  const alive = setInterval(() => undefined, 1000);
  const device = makeDevice({ profile, crypto, random });
  try {
    const conversation = await fill(device, bridgeOf(device, name), count);
    device.transact((writer) => {
      writer.append(conversation.row, KIND.conversationInfo, { name, kind: "channel", open: true });
      const last = device.sql.get<{ row: number }>(
        "select max(row) as row from entry where conversation = ? and shown = 1",
        conversation.row,
      );
      const entry = last && writer.entry(last.row);
      if (entry) markSeen(writer, entry);
    });
    // What was appended is signed after the commit.
    await new Promise((resolve) => setTimeout(resolve, 500));
  } finally {
    clearInterval(alive);
    device.close();
    profile.signer.close();
  }
}
