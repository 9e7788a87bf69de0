export interface Flood {
  /** Penalty at which a client is slowed or ended. */
  threshold: number;
  commandrate: number;
  /** `on`: slows the client down; `off`: ends its connection with "Excess Flood". */
  fakelag: "on" | "off";
  recvq: string;
}

/** `stock`: what a freshly installed server does (a burst of about 8 messages, then one a second). */
const FLOOD: Record<"none" | "stock", Flood> = {
  none: { threshold: 1_000_000, commandrate: 100_000_000, fakelag: "off", recvq: "1M" },
  stock: { threshold: 10, commandrate: 1000, fakelag: "on", recvq: "8192" },
};

export interface InspircdSettings {
  folder: string;
  modules: string;
  ports: { plain: number; tls: number; link: number };
  /** Offers SASL, answered by services that link themselves. */
  sasl: boolean;
  flood: "none" | "stock" | Flood;
  /** Offers `echo-message`. */
  echo: boolean;
  /** Offers `labeled-response`. */
  labels: boolean;
  /** Server password that clients must send. */
  password?: string | undefined;
  /** Further lines of configuration. */
  extra?: string | undefined;
}

/** Password of the link between server and services. */
export const LINK_PASSWORD = "linkpass";
export const SERVICES_NAME = "services.example.test";
export const SERVER_NAME = "irc.example.test";

const MODULES = `
  cap ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_chghost ircv3_ctctags ircv3_invitenotify ircv3_msgid
  ircv3_servertime setname monitor namesx uhnames services_account spanningtree botmode knock muteban remove hidechans chghost
  chgident sha256 svshold customprefix
`
  .trim()
  .split(/\s+/);

export function inspircdConfig(settings: InspircdSettings): string {
  return [
    ...identity(settings),
    ...listeners(settings),
    ...features(settings),
    ...clients(settings),
    ...LIMITS,
    settings.extra ?? "",
    "",
  ].join("\n");
}

function identity({ folder, modules }: InspircdSettings): string[] {
  const at = quoted(folder);
  return [
    `<server name="${SERVER_NAME}" description="test" network="TestNet" id="1AA">`,
    '<admin name="test" nick="test" email="test@example.test">',
    `<path configdir="${at}" datadir="${at}" logdir="${at}" moduledir="${quoted(modules)}" runtimedir="${at}">`,
    `<pid file="${at}/inspircd.pid">`,
    `<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="${at}/ircd.log">`,
  ];
}

function listeners({ folder, ports }: InspircdSettings): string[] {
  const at = quoted(folder);
  return [
    '<module name="ssl_gnutls">',
    `<sslprofile name="tls" provider="gnutls" certfile="${at}/server.pem" keyfile="${at}/server.key" requestclientcert="yes" hash="sha256">`,
    '<module name="sslinfo">',
    `<bind address="127.0.0.1" port="${ports.plain}" type="clients">`,
    `<bind address="127.0.0.1" port="${ports.tls}" type="clients" sslprofile="tls">`,
    `<bind address="127.0.0.1" port="${ports.link}" type="servers">`,
    `<link name="${SERVICES_NAME}" ipaddr="127.0.0.1" allowmask="127.0.0.0/8" port="7000" sendpass="${LINK_PASSWORD}" recvpass="${LINK_PASSWORD}">`,
    `<uline server="${SERVICES_NAME}" silent="yes">`,
  ];
}

function features({ sasl, echo, labels }: InspircdSettings): string[] {
  const wanted = [...MODULES, ...(echo ? ["ircv3_echomessage"] : []), ...(labels ? ["ircv3_labeledresponse"] : [])];
  return [
    ...wanted.map((name) => `<module name="${name}">`),
    '<module name="chanhistory"><chanhistory bots="yes" enableumode="yes" maxlines="50" prefixmsg="no">',
    ...(sasl ? [`<module name="sasl"><sasl target="${SERVICES_NAME}" requiressl="no">`] : []),
  ];
}

function clients({ flood, password }: InspircdSettings): string[] {
  const { threshold, commandrate, fakelag, recvq } = typeof flood === "string" ? FLOOD[flood] : flood;
  const rates = `recvq="${recvq}" threshold="${threshold}" commandrate="${commandrate}" fakelag="${fakelag}"`;
  const queues = 'timeout="30" pingfreq="60" hardsendq="8M" softsendq="64K" localmax="500" globalmax="500"';
  const secret = password === undefined ? "" : `password="${quoted(password)}" `;
  return [
    `<connect allow="*" ${secret}${queues} ${rates} useident="no" resolvehostnames="no" modes="+i">`,
    '<class name="All" commands="*" privs="*" usermodes="*" chanmodes="*" snomasks="*"><type name="Admin" classes="All">',
    '<oper name="root" password="root" host="*@127.0.0.1" type="Admin">',
  ];
}

/** `defaultmodes="not"`: with the stock `nt` the one who opens a channel is not its operator. */
const LIMITS = [
  '<channels users="100" opers="100">',
  '<dns server="127.0.0.1" timeout="1">',
  '<options prefixquit="Quit: " syntaxhints="no" announcets="yes" defaultmodes="not" splitwhois="no" casemapping="ascii">',
  '<limits maxnick="30" maxchan="64" maxline="512" maxmodes="20" maxident="11" maxquit="255" maxtopic="307" maxkick="255" maxaway="200">',
  '<security announceinvites="dynamic" hideulines="no" flatlinks="no" hidesplits="no" hidebans="no" maxtargets="20" userstats="Pu">',
  '<performance netbuffersize="10240" somaxconn="128" softlimit="12800" quietbursts="yes" clonesonconnect="yes">',
  '<whowas groupsize="10" maxgroups="100000" maxkeep="3d">',
];

function quoted(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
