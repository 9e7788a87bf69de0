import type { Page } from "playwright-core";

/**
 * A page of the origin that speaks to the page that holds the device as other tabs of the app do (src/app/connection/tabs.ts), so
 * that what the device of a browser answers can be looked at without going through what is on screen. `self.device.call(method,
 * params, onEvent)`, `self.device.upload(ticket, blob)`, `self.device.download(ticket)`.
 */
export async function tabClient(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/hashes.json`);
  await page.evaluate(CLIENT);
}

const CLIENT = `new Promise((opened, failed) => {
  const bus = new BroadcastChannel("homeport-tabs");
  const tab = crypto.randomUUID();
  const calls = new Map();
  const downloads = new Map();
  let last = 0;
  const post = (message) => bus.postMessage({ ...message, tab });
  self.device = {
    call: (method, params, onEvent = () => undefined) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        calls.set(id, { resolve, reject, onEvent });
        post({ type: "text", to: "leader", text: JSON.stringify({ jsonrpc: "2.0", id, method, params }) });
      }),
    cancel: () => post({ type: "text", to: "leader", text: JSON.stringify({ jsonrpc: "2.0", method: "cancel", params: { id: last } }) }),
    upload: (ticket, file) => post({ type: "upload", ticket, file }),
    download: (ticket) =>
      new Promise((resolve, reject) => {
        const number = ++last;
        downloads.set(number, { resolve, reject });
        post({ type: "download", ticket, number });
      }),
  };
  const hear = ({ id, method, params, result, error }) => {
    if (method === "event") return calls.get(params.subscription)?.onEvent(params.event);
    if (error) calls.get(id)?.reject(new Error(error.data.code + ": " + error.message));
    else calls.get(id)?.resolve(result);
  };
  bus.onmessage = ({ data }) => {
    if (data.tab !== tab) return;
    if (data.type === "opened") opened();
    if (data.type === "text" && data.to === "tab") hear(JSON.parse(data.text));
    if (data.type === "downloaded") downloads.get(data.number).resolve(data.file);
    if (data.type === "failed") downloads.get(data.number).reject(new Error("the download failed"));
  };
  setTimeout(() => failed(new Error("no page holds the device")), 5000);
  post({ type: "open" });
})`;
