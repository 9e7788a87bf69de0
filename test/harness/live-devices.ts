import { randomBytes } from "node:crypto";
import { Dialer } from "../../src/device/dialer.ts";
import { authoring } from "../../src/device/revocation.ts";
import { viewsProjection } from "../../src/device/views/projection.ts";
import { systemClock } from "../../src/node/clock.ts";
import { countersignAdd, createGenesis, draftAdd, finishAdd } from "../../src/sync/account/author.ts";
import { issueCertificate } from "../../src/sync/account/certificate.ts";
import { KIND } from "../../src/sync/content/kinds.ts";
import { createSeedSigner } from "../../src/sync/crypto/seed-signer.ts";
import { createRandom, createSodiumCrypto } from "../../src/sync/crypto/sodium.ts";
import { Device } from "../../src/sync/device.ts";
import type { RenewalLimits } from "../../src/sync/session/carrier.ts";
import { Sessions } from "../../src/sync/session/sessions.ts";
import { createTransport, type Transport } from "../../src/transport/index.ts";
import { CrashingSql } from "../simulation/crashing-sql.ts";

const YEAR = 365 * 24 * 3_600_000;

/** A device in this process with a real transport on the loopback interface. */
export interface LiveDevice {
  name: string;
  device: Device;
  sessions: Sessions;
  transport: Transport;
  dialer: Dialer;
  log: string[];
  texts(): string[];
  write(text: string): void;
  stop(): Promise<void>;
}

/** One person's devices, all admitted by the first and introduced to each other; they dial each other by themselves. */
export async function liveDevices(names: readonly string[], renewal: Partial<RenewalLimits> = {}): Promise<LiveDevice[]> {
  const crypto = await createSodiumCrypto();
  const random = createRandom();
  const made: (LiveDevice & { certificate: Uint8Array })[] = [];
  for (const name of names) {
    const signer = createSeedSigner(crypto, randomBytes(32));
    const seed = randomBytes(32);
    const transportKey = crypto.signKeypair(seed).publicKey;
    const certificate = await issueCertificate(signer, { transport: transportKey, epoch: 1, expires: Date.now() + YEAR });
    const [sponsor] = made;
    const ops = sponsor ? await admit(sponsor.device, signer) : [(await createGenesis(crypto, random, signer, { recovery: null })).op];
    const log: string[] = [];
    const device = Device.open({
      ...{ sql: new CrashingSql(), crypto, random, clock: systemClock, signer, dataKey: randomBytes(32), ops },
      projections: [viewsProjection],
      log: (level, message, fields) => void log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    });
    const handle = (method: string, text: string) => Promise.resolve(JSON.stringify([method, text]));
    const sessions = new Sessions({ device, transport: transportKey, certificate, handle, renewal });
    const transport = await createTransport({
      ...{ seed, listen: ["/ip4/127.0.0.1/tcp/0"], mdns: false, limits: { inboundPerSecond: 1000 } },
      isKnown: (peer) => sessions.isKnown(peer),
      log: (level, message) => void log.push(`${level} ${message}`),
    });
    transport.onLink("sync", (link) => sessions.add(link));
    const dialer = new Dialer({ device, sessions, transport, peers: [], resolve: async (addresses) => [...addresses] });
    made.push({
      ...{ name, device, sessions, transport, dialer, log, certificate },
      texts: () => textsOf(device),
      write: (text) => void device.transact((writer) => writer.append(device.ownLog.row, KIND.text, { text, style: "text" })),
      async stop() {
        dialer.stop();
        sessions.close();
        await transport.stop();
        device.close();
      },
    });
  }
  introduce(made);
  return made;
}

async function admit(sponsor: Device, signer: Parameters<typeof countersignAdd>[1]): Promise<Uint8Array[]> {
  const draft = draftAdd(authoring(sponsor), signer.publicKey, "full");
  const consent = await countersignAdd(sponsor.crypto, signer, sponsor.account.account, draft.signedPart);
  await finishAdd(authoring(sponsor), draft, consent);
  return sponsor.ops.all();
}

/** As linking and the own-devices log would do. */
function introduce(made: readonly (LiveDevice & { certificate: Uint8Array })[]): void {
  const [sponsor] = made;
  for (const { device } of made) device.addOps(sponsor?.device.ops.all() ?? []);
  for (const { device, dialer } of made) {
    device.transact((writer) => {
      for (const other of made) {
        const { name, certificate } = other;
        const record = { device: other.device.self, name, addresses: other.transport.addresses(), certificate };
        device.records.put(record, { ms: 1, n: 0 }, writer.now());
      }
    });
    dialer.check();
  }
}

function textsOf(device: Device): string[] {
  const rows = device.sql.all<{ row: number }>("select row from entry where shown = 1 order by place_ms, place_n, hlc_ms, hlc_n, tie");
  return rows.map(({ row }) => (device.body(row) as { text: string }).text);
}

/** Polls; rejects with the words after `ms` milliseconds. */
export async function eventually(words: string, ms: number, check: () => boolean): Promise<void> {
  for (const end = performance.now() + ms; !check(); ) {
    if (performance.now() > end) throw new Error(`not in time: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
