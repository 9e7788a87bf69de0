/** Runs `run` after the work that is due now, without the 4 ms that a browser's timers take at least. */
export const afterTick: (run: () => void) => void = typeof setImmediate === "function" ? (run) => void setImmediate(run) : byChannel();

function byChannel(): (run: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const due: (() => void)[] = [];
  port1.addEventListener("message", () => due.shift()?.());
  port1.start();
  return (run) => {
    due.push(run);
    port2.postMessage(undefined);
  };
}
