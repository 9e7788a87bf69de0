import { ACTIVITY } from "../worker/idle.ts";

const PAUSE_MS = 2000;

/** Tells whoever holds the device that the person uses this page. */
export function tellActivity(): true {
  const bus = new BroadcastChannel(ACTIVITY);
  let told = 0;
  const tell = () => {
    if (Date.now() - told < PAUSE_MS) return;
    told = Date.now();
    bus.postMessage("here");
  };
  for (const event of ["pointerdown", "keydown", "wheel", "touchmove"]) addEventListener(event, tell, { passive: true, capture: true });
  return true;
}
