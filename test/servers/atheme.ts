import type { Inspircd } from "./inspircd.ts";
import { LINK_PASSWORD, SERVER_NAME, SERVICES_NAME } from "./inspircd-config.ts";
import { ircPeer } from "./irc-peer.ts";
import { ServerProcess, until } from "./process.ts";
import { libraryPath, provision, triplet } from "./provision.ts";

/** The order matters: each needs what stands before it. */
const MODULES = `
  transport/rfc1459 protocol/base36uid protocol/inspircd backend/corestorage backend/opensex crypto/pbkdf2v2 nickserv/main
  nickserv/register nickserv/identify nickserv/info nickserv/cert nickserv/drop nickserv/set_core nickserv/set_password
  nickserv/ghost saslserv/main saslserv/plain saslserv/external saslserv/authcookie operserv/main operserv/raw
`
  .trim()
  .split(/\s+/);

/** atheme-services, linked to an InspIRCd that was started with `sasl: true`: accounts and SASL PLAIN. */
export class Atheme extends ServerProcess {
  readonly #server: Inspircd;

  constructor(root: string, server: Inspircd) {
    super({
      name: "atheme",
      command: `${root}/usr/bin/atheme-services`,
      args: (at) => ["-n", "-c", `${at}/atheme.conf`, "-l", `${at}/services.log`, "-p", `${at}/services.pid`, "-D", at],
      env: { LD_LIBRARY_PATH: libraryPath(root) },
    });
    this.#server = server;
  }

  /** Resolves when it is linked: clients are offered SASL from then on. */
  override async start(): Promise<void> {
    await super.start();
    await until("services are linked", () => this.#isLinked(), 20_000);
  }

  /** Resolves when the server has noticed: clients are no longer offered SASL. */
  override async stop(): Promise<void> {
    await super.stop();
    await this.#untilMissed();
  }

  /** As `stop`, but nothing of its memory is saved. */
  override async kill(): Promise<void> {
    await super.kill();
    await this.#untilMissed();
  }

  /** An account of the network. It is on disk after `stop`, or within a minute. */
  async register(account: string, password: string): Promise<void> {
    await using peer = await ircPeer({ port: this.#server.port, nick: account });
    peer.raw(`PRIVMSG NickServ :REGISTER ${account} ${password} ${account}@example.test`);
    await peer.waitFor(/NOTICE .*is now registered/);
  }

  async #isLinked(): Promise<true | undefined> {
    if (!this.isRunning) throw new Error(`atheme ended:\n${this.log()}`);
    return (await this.#offersSasl()) || undefined;
  }

  /** The server may overlook the end of the link until it next writes to it, so somebody speaks to them. */
  async #untilMissed(): Promise<void> {
    if (!this.#server.isRunning) return;
    await using newcomer = await ircPeer({ port: this.#server.port, nick: "newcomer" });
    newcomer.say("NickServ", "HELP");
    await until("the server misses its services", async () => !(await this.#offersSasl()) || undefined);
  }

  async #offersSasl(): Promise<boolean> {
    await using peer = await ircPeer({ port: this.#server.port, nick: "probe", register: false });
    peer.raw("CAP LS 302");
    return /\bsasl=\S*PLAIN/.test(await peer.waitFor(/ CAP \S+ LS /));
  }
}

/** Up, linked and with its accounts (name to password) when it resolves. */
export async function atheme(server: Inspircd, accounts: Record<string, string> = {}): Promise<Atheme> {
  const { root } = await provision("atheme");
  const services = new Atheme(root, server);
  services.write("atheme.conf", configuration(`${root}/usr/lib/${triplet()}/atheme/modules`, services.folder, server.linkPort));
  await services.start();
  for (const [account, password] of Object.entries(accounts)) await services.register(account, password);
  return services;
}

function configuration(modules: string, folder: string, linkPort: number): string {
  const service = (nick: string, more = "") =>
    `{ nick = "${nick}"; user = "${nick}"; host = "${SERVICES_NAME}"; real = "${nick}"; ${more} };`;
  return `${MODULES.map((name) => `loadmodule "${modules}/${name}";`).join("\n")}
serverinfo {
  name = "${SERVICES_NAME}"; desc = "services"; numeric = "00A"; netname = "TestNet"; hidehostsuffix = "users.test";
  adminname = "test"; adminemail = "test@example.test"; registeremail = "noreply@example.test"; auth = none; mta = "/bin/true";
  recontime = 1; restarttime = 1; loglevel = { error; info; network; wallops; }; casemapping = ascii;
  maxlogins = 50; maxusers = 100; maxnicks = 50; maxchans = 50; emaillimit = 100; emailtime = 10;
};
uplink "${SERVER_NAME}" { host = "127.0.0.1"; port = ${linkPort}; send_password = "${LINK_PASSWORD}"; receive_password = "${LINK_PASSWORD}"; };
nickserv ${service("NickServ", "no_nick_ownership;")}
saslserv ${service("SaslServ")}
operserv ${service("OperServ")}
general { uflags = { hold; }; commit_interval = 1; default_clone_allowed = 50; flood_msgs = 0; ratelimit_uses = 1000; ratelimit_period = 1; };
logfile "${folder}/atheme.log" { all; };
`;
}
