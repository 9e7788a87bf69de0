import type { X509Certificate } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:tls";
import { afterAll, describe, expect, test } from "vitest";
import type { AppAddress } from "../../src/api/web.ts";
import { eventually, world } from "../harness/homeport.ts";
import { pebble } from "../servers/pebble.ts";
import { freePorts } from "../servers/ports.ts";
import { Unavailable } from "../servers/unavailable.ts";

const NAME = "chat.example.test";
const TIME = 120_000;

/** What is shown to a client that asks for the name. */
function certificateAt(port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername: NAME, rejectUnauthorized: false }, () => {
      const found = socket.getPeerX509Certificate();
      socket.destroy();
      if (found) resolve(found);
      else reject(new Error("no certificate"));
    });
    socket.on("error", reject);
  });
}

function plainAt(port: number): Promise<{ status: number | undefined; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/", headers: { host: NAME } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, location: response.headers.location });
    })
      .on("error", reject)
      .end();
  });
}

const [port] = (await freePorts(1)) as [number];
const issuer = await pebble(port).catch((error: unknown) => {
  if (!(error instanceof Unavailable) || process.env["CI"]) throw error;
  console.warn(`SKIPPED, pebble: ${error.message}`);
  return undefined;
});

describe.skipIf(issuer === undefined)("a certificate by ACME, of a real issuer", () => {
  afterAll(() => issuer?.[Symbol.asyncDispose]());

  test.each(["tls-alpn-01", "http-01"])(
    "%s: is asked for, served, and the same after a restart",
    async (challenge) => {
      await using place = await world();
      const home = await place.machine("home");
      home.env = { NODE_EXTRA_CA_CERTS: issuer?.caFile ?? "" };
      await home.init();
      const start = () => home.start("--http", ":0", "--https", `127.0.0.1:${port}`);
      await start();
      const origin = `https://${NAME}:${port}`;
      const chosen = ["web", "acme", origin, "--challenge", challenge, "--directory", issuer?.directory ?? ""];
      expect(await home.json<AppAddress>(...chosen)).toMatchObject({ origin, listens: `127.0.0.1:${port}` });
      const shown = await eventually("the certificate", async () => {
        const now = await home.json<AppAddress>("web", "show");
        return now.certificate && now.problem === null ? now : undefined;
      });
      expect(shown.certificate?.names).toEqual([NAME]);
      const served = await certificateAt(port);
      expect(served.subjectAltName).toBe(`DNS:${NAME}`);
      expect(served.issuer).toContain("Pebble");
      expect(await plainAt(port)).toEqual({ status: 308, location: `${origin}/` });
      await home.stop();
      await start();
      expect((await certificateAt(port)).fingerprint256).toBe(served.fingerprint256);
    },
    TIME,
  );
});
