import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { DialRequest, Host, Inbound, PluginFactory } from "../../../src/bridges/contract/index.ts";
import { BridgeError } from "../../../src/bridges/kit/index.ts";
import { wellBehaved } from "./base.ts";

type Link = Awaited<ReturnType<Host["dial"]>>["link"];

async function digest(stream: Duplex): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  await once(stream, "end");
  return { bytes, sha256: hash.digest("hex") };
}

const line = async (stream: Duplex): Promise<string> => String((await once(stream, "data"))[0]).trim();

function eventOver(link: Link): Inbound {
  const sec = { link: { ...link, mechanism: "PLAIN" }, source: "live" as const };
  return { kind: "message", conv: "#c", key: "k", ts: 1, sec, id: "m", style: "text", body: { text: "x" } };
}

/** `split(act, target)` uses a dialled connection and tells what came of it. */
export const plugin: PluginFactory = (host) => {
  const acts: Record<string, (to: DialRequest) => Promise<unknown>> = {
    fetch: async (to) => {
      const { stream, link } = await host.dial(to);
      stream.end("please");
      return { link, ...(await digest(stream)) };
    },
    hold: async (to) => {
      const { stream } = await host.dial(to);
      stream.on("error", () => {});
      return "held";
    },
    pour: async (to) => {
      const { stream } = await host.dial(to);
      const chunk = Buffer.alloc(64 * 1024);
      let taken = 0;
      const more = (): void =>
        void stream.write(chunk, (error) => {
          taken += chunk.length;
          if (!error) more();
        });
      more();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return taken;
    },
    starttls: async (to) => {
      const plain = await host.dial(to);
      plain.stream.write("STARTTLS\n");
      const answer = await line(plain.stream);
      const { stream, link } = await host.upgrade(plain.stream, { servername: "localhost" });
      stream.write("hello\n");
      const reply = await line(stream);
      await host.ingest({ source: "live", events: [eventOver(link)] });
      return { answer, reply, link, plain: plain.link };
    },
    injected: async (to) => {
      const { stream } = await host.dial(to);
      stream.write("STARTTLS\n");
      await once(stream, "readable");
      await host.upgrade(stream, { servername: "localhost" });
      return "upgraded";
    },
  };
  return wellBehaved(host, {
    split: async (act, target) => {
      try {
        return [JSON.stringify({ ok: await acts[act]?.(JSON.parse(target) as DialRequest) })];
      } catch (error) {
        return [JSON.stringify(error instanceof BridgeError ? error.data : { message: String(error) })];
      }
    },
  });
};
