import { multiaddr } from "@multiformats/multiaddr";
import { CronPattern } from "croner";
import { z } from "zod";
import { BYTE_SIZE } from "./byte-size.ts";

const LISTEN = /^\/ip(4|6)\/[^/]+\/tcp\/\d{1,5}(\/ws)?$/;
const PEER = /^\/(ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d{1,5}(\/(ws|wss|tls\/ws))?(\/p2p\/[^/]+)?$/;
/** `off`, or host and port; without a host it is this machine only. */
const HTTP = /^(off|(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]*):\d{1,5})$/;

/** Text that is shown on the person's other devices: no control or direction characters. */
const NAME = /^[^\p{Cc}\p{Bidi_Control}]+$/u;

function isMultiaddr(text: string): boolean {
  try {
    multiaddr(text).getComponents();
    return true;
  } catch (cause) {
    if (cause instanceof Error) return false;
    throw cause;
  }
}

function isSchedule(text: string): boolean {
  try {
    new CronPattern(text);
    return true;
  } catch (cause) {
    if (cause instanceof Error) return false;
    throw cause;
  }
}

const hasPort = (text: string): boolean => text === "off" || Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535;

const address = (form: RegExp, error: string) => z.string().regex(form, { error }).refine(isMultiaddr, { error });

const listen = z
  .array(address(LISTEN, 'give addresses like "/ip4/0.0.0.0/tcp/4001" or "/ip4/0.0.0.0/tcp/4002/ws"'))
  .min(1, { error: "give at least one address, or leave it out for a free port that is chosen once and kept" })
  .max(16, { error: "give at most 16 addresses" });

const peer = z.array(address(PEER, 'give addresses like "/ip4/192.168.1.20/tcp/4001"')).max(64, { error: "give at most 64 addresses" });

const http = z
  .string()
  .regex(HTTP, { error: 'give "HOST:PORT", ":0" for a free port on this machine, or "off"' })
  .refine(hasPort, { error: "a port is at most 65535" });

const https = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, { error: 'give "HOST:PORT"; 0.0.0.0 stands for all addresses of this machine' })
  .refine(hasPort, { error: "a port is at most 65535" });

const webrtc = z
  .string()
  .regex(/^(off|[1-9]\d{0,4})$/, { error: 'give a UDP port, or "off"' })
  .refine((text) => text === "off" || Number(text) <= 65_535, { error: "a port is at most 65535" });

const relayAt = z
  .array(
    z.string().regex(/^\/ip(4|6)\/[^/]+\/tcp\/\d{1,5}(\/ws)?\/p2p\/[^/]+$/, {
      error: 'give addresses like "/ip4/203.0.113.9/tcp/4001/p2p/12D3KooW…"',
    }),
  )
  .max(4, { error: "give at most 4 addresses" });

const metrics = z
  .string()
  .regex(HTTP, { error: 'give "HOST:PORT", ":PORT" for this machine only, or "off"' })
  .refine(hasPort, { error: "a port is at most 65535" });

const logFile = z.string().min(1, { error: "give the path of a file" });

const name = z
  .string()
  .regex(NAME, { error: "give a name without control characters" })
  .max(64, { error: "give a name of at most 64 characters" });

const passphraseFile = z.string().min(1, { error: "give the path of a file that holds the passphrase and that only you can read" });

const logLevel = z.enum(["error", "warn", "info", "debug"], { error: 'give "error", "warn", "info" or "debug"' });

const byteSize = z.string().regex(BYTE_SIZE, { error: 'give a size like "10 GiB", "500 MiB" or "0"' });
const pushContact = z
  .string()
  .regex(/^(mailto:|https:\/\/)\S+$/, { error: 'give "mailto:" and an address, or an https address' })
  .max(256, { error: "give at most 256 characters" });
const backup = z.strictObject({
  schedule: z
    .string()
    .max(256)
    .refine(isSchedule, { error: 'give a cron expression like "0 3 * * *" (each night at three)' })
    .optional()
    .meta({ description: "When a backup is made, as a cron expression in local time. Default: only when you ask." }),
  folder: z
    .string()
    .min(1, { error: "give the path of a folder" })
    .optional()
    .meta({ description: "Where they go, relative to this file; best on another disk. Default: backups in the data folder." }),
  keep: z
    .int({ error: "give a whole number" })
    .min(1, { error: "give a number from 1 on" })
    .max(10_000, { error: "give at most 10000" })
    .optional()
    .meta({ description: "How many of the scheduled ones stay; older ones are removed. Default: 7." }),
  files: z
    .boolean({ error: "give true or false" })
    .optional()
    .meta({ description: "Whether the scheduled ones hold the content of the files that are on this device. Default: false." }),
});

/** What the configuration file may hold; each key is the name of the command line's option of the same meaning. */
export const configFileSchema = z
  .strictObject({
    name: name.optional().meta({ description: "Name of this device, as shown on your other devices. Default: the machine's name." }),
    listen: listen.optional().meta({
      description: "Multiaddrs where your other devices reach this one. Default: a free port, chosen once and kept.",
    }),
    http: http.optional().meta({
      description: 'Where the web interface listens: "HOST:PORT", ":0" for a free port on this machine, or "off". Default: ":0".',
    }),
    https: https.optional().meta({
      description:
        'Where the node\'s own HTTPS listens, if `homeport web` chose a way that needs it: "HOST:PORT". Default: "0.0.0.0:8443".',
    }),
    webrtc: webrtc.optional().meta({
      description: 'UDP port where browsers reach this device by webrtc-direct, e.g. "4003", or "off". Default: "off".',
    }),
    relay: z.boolean().optional().meta({
      description: "Carry connections between your own devices that do not reach each other. Default: false.",
    }),
    "relay-at": relayAt.optional().meta({
      description: "Multiaddrs of own devices with `relay`, through which your other devices reach this one.",
    }),
    mdns: z.boolean().optional().meta({
      description: "Find your other devices on the local network by multicast DNS. Default: true.",
    }),
    peer: peer.optional().meta({ description: "Multiaddrs of your own other devices, for where they are not found by themselves." }),
    "passphrase-file": passphraseFile.optional().meta({
      description: "File with the passphrase of the vault; relative to this file. Only needed with the passphrase vault.",
    }),
    "file-quota": byteSize.optional().meta({
      description:
        'Space for copies of files from your other devices, e.g. "10 GiB", which is the default. Those opened longest ago go first.',
    }),
    "auto-fetch": byteSize.optional().meta({
      description: 'Files up to this size come from your other devices without being asked for. Default: "10 MiB"; "0" for none.',
    }),
    metrics: metrics.optional().meta({
      description:
        'Where metrics for Prometheus and a health check listen: "HOST:PORT", ":PORT" for this machine only, or "off". Default: "off".',
    }),
    "log-file": logFile
      .optional()
      .meta({ description: "File to which the log is appended, instead of standard error; relative to this file." }),
    "push-contact": pushContact.optional().meta({
      description:
        'Whom the push service of a browser can write to about your pushes: "mailto:…" or "https://…". Default: an address that nobody reads.',
    }),
    backup: backup.optional().meta({ description: "Backups that are made by themselves." }),
    "log-level": logLevel.optional().meta({ description: 'How much is logged: "error", "warn", "info" or "debug". Default: "info".' }),
  })
  .meta({
    title: "Homeport configuration",
    description: "Settings of a Homeport device. All have defaults; options of the command line win.",
  });

export type ConfigFile = z.infer<typeof configFileSchema>;

/** The JSON schema of the configuration file, for editors (draft 2020-12). */
export const configJsonSchema = (): Record<string, unknown> => z.toJSONSchema(configFileSchema);
