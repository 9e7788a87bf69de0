import { HomeportError } from "../../api/errors.ts";
import { connectToNode, forgetSession, redeemToken, storedSession } from "./node-session.ts";
import { tellActivity } from "./activity.ts";
import { keepBuild } from "./app-build.ts";
import type { Connection } from "./bulk.ts";
import { OwnDevice } from "./own-device.ts";
import { becomeLeader, connectToLeader, hasLeader, isLeader, leaderOrTurn, serveTabs } from "./tabs.ts";

/** What the app stands on, decided once when the page opens. */
export type Found =
  /** The page controls the node of this machine. */
  | { is: "node"; connection: Connection }
  /** Another page holds this browser's device. */
  | { is: "follower"; connection: Connection }
  /** Another page holds it, and it cannot be reached now; `over` resolves when that may have changed. */
  | { is: "elsewhere"; over: Promise<void> }
  /** This page holds this browser's device, which there may not be yet. */
  | { is: "own"; own: OwnDevice }
  | { is: "insecure" }
  /** The node does not know this browser any more. */
  | { is: "signed-out" }
  | { is: "failed"; message: string };

export async function connect(): Promise<Found> {
  // Without it there is neither storage nor keys (https://www.w3.org/TR/secure-contexts/).
  if (!isSecureContext) return { is: "insecure" };
  try {
    await redeemToken();
    const session = storedSession();
    if (session !== undefined) return { is: "node", connection: await connectToNode(session) };
  } catch (error) {
    if (error instanceof HomeportError && error.code === "no-session") {
      forgetSession();
      return { is: "signed-out" };
    }
    return { is: "failed", message: error instanceof HomeportError ? error.message : "The page could not connect." };
  }
  return holdOrFollow();
}

let own: OwnDevice | undefined;
let announce: (() => void) | undefined;
let isReady = false;
let activity: true | undefined;

async function holdOrFollow(): Promise<Found> {
  // A page that only controls the node takes what the node serves.
  keepBuild();
  activity ??= tellActivity();
  if (!isLeader() && (await hasLeader())) {
    try {
      return { is: "follower", connection: await connectToLeader() };
    } catch {
      // It went meanwhile, or its device cannot be reached: it is locked, frozen, or not there yet.
      return { is: "elsewhere", over: leaderOrTurn() };
    }
  }
  await becomeLeader();
  return holdDevice();
}

function holdDevice(): Found {
  const device = (own ??= new OwnDevice());
  announce ??= serveTabs(() => (isReady ? device.connect() : undefined));
  device.onState((state) => {
    const wasReady = isReady;
    isReady = state.is === "ready";
    if (isReady && !wasReady) announce?.();
  });
  return { is: "own", own: device };
}
