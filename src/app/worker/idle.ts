const LOOK_MS = 5000;
/** Pages of this browser say here that the person is there. */
export const ACTIVITY = "homeport-active";

/** Calls once when no page was used for so many minutes, also where the machine slept. The returned function ends it. */
export function whenIdle(minutes: number, run: () => void): () => void {
  const bus = new BroadcastChannel(ACTIVITY);
  let last = Date.now();
  const isOver = () => Date.now() - last >= minutes * 60_000 || Date.now() < last;
  const end = () => {
    clearInterval(timer);
    bus.close();
  };
  const look = () => {
    if (!isOver()) return;
    end();
    run();
  };
  const timer = setInterval(look, LOOK_MS);
  bus.onmessage = () => {
    look();
    last = Date.now();
  };
  return end;
}
