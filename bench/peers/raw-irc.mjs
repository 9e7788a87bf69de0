/**
 * A raw irc-framework client, as the peer of `latency` and `burst`: nothing stored, signed or passed on.
 * `node raw-irc.mjs HOST PORT NICK CHANNEL [CA-FILE]` prints `{"event":"ready"}` once it is in the channel, then for each
 * message `{"at": MILLISECONDS, "text": TEXT}`, `at` since 1970 with fractions. With a CA file it speaks TLS. Ends with SIGTERM.
 */
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Client } from "irc-framework";

const [host, port, nick, channel, ca] = process.argv.slice(2);
if (channel === undefined) {
  process.stderr.write("usage: raw-irc.mjs HOST PORT NICK CHANNEL [CA-FILE]\n");
  process.exit(2);
}
if (ca !== undefined) setDefaultCACertificates([...getCACertificates("default"), readFileSync(ca, "utf8")]);

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const client = new Client();

client.on("registered", () => client.join(channel));
client.on("join", (event) => {
  if (event.nick === nick) print({ event: "ready" });
});
client.on("message", (event) => {
  if (event.target === channel) print({ at: performance.timeOrigin + performance.now(), text: event.message });
});
client.on("close", () => process.exit(1));
process.on("SIGTERM", () => process.exit(0));

client.connect({ host, port: Number(port), nick, tls: ca !== undefined, auto_reconnect: false, account: {} });
