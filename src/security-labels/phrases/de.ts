import type { Phrases } from "./phrases.ts";

const BETWEEN = "Ende-zu-Ende-verschlüsselt zwischen Ihren Geräten und denen der anderen Seite";

export const de: Phrases = {
  short: {
    unencrypted: "Nicht verschlüsselt",
    "server-reads": "Der Server kann mitlesen",
    "e2ee-at-bridge": "Ende-zu-Ende bis zum Heim-PC",
  },
  own: {
    self: {
      short: "Nur zwischen Ihren Geräten",
      long: "Ende-zu-Ende-verschlüsselt zwischen Ihren eigenen Geräten",
      composer: "nur Ihre eigenen Geräte können das lesen",
    },
    validated: {
      short: "Ende-zu-Ende, geprüft",
      long: `${BETWEEN}; Sie haben die Nummern verglichen`,
      composer: "Ende-zu-Ende-verschlüsselt",
    },
    unvalidated: {
      short: "Ende-zu-Ende, ungeprüft",
      long: `${BETWEEN}; vergleichen Sie die Nummern, um sicher zu sein, dass sie es sind`,
      composer: "Ende-zu-Ende-verschlüsselt, aber ungeprüft: vergleichen Sie die Nummern",
    },
    compromised: {
      short: "Womöglich in falschen Händen",
      long: `${BETWEEN}, von denen aber eines in falschen Händen sein kann`,
      composer: "eines der Geräte dort kann in falschen Händen sein",
    },
  },
  trust: {
    unvalidated: { short: "Ungeprüft", long: "Sie haben mit diesem Kontakt noch keine Nummern verglichen." },
    validated: { short: "Geprüft", long: "Sie haben mit diesem Kontakt die Nummern verglichen." },
    compromised: {
      short: "Womöglich in falschen Händen",
      long: "Eines der Geräte dieses Kontakts kann in falschen Händen sein. Fragen Sie auf anderem Weg nach, bevor Sie schreiben.",
    },
    verified: { short: "Schlüssel geprüft", long: "Der Schlüssel der anderen Seite wurde geprüft." },
    "first-seen": {
      short: "Schlüssel ungeprüft",
      long: "Der Schlüssel der anderen Seite wurde genommen, wie er kam; niemand hat ihn geprüft.",
    },
    changed: {
      short: "Schlüssel geändert",
      long: "Der Schlüssel der anderen Seite hat sich geändert. Fragen Sie auf anderem Weg nach, bevor Sie schreiben.",
    },
  },
  main: {
    serverReads: (server) =>
      `Verschlüsselt bis ${server}; dieser Server, jeder Server, an den er es weitergibt, und die anderen im Raum können es lesen`,
    atBridge: (peer) => `Ende-zu-Ende-verschlüsselt zwischen ${peer} und Ihrem Heim-PC, der es entschlüsselt`,
    loopback:
      "Es ging durch ein anderes Programm auf Ihrem Heim-PC, und wie dieses es sendet, ist nicht bekannt: jeder auf dem Weg kann es womöglich lesen",
    unproven: "Der Server hat nicht bewiesen, wer er ist, deshalb gilt dies als nicht verschlüsselt: jeder auf dem Weg kann es lesen",
    unencrypted: "Auf dem Weg nicht verschlüsselt: jeder auf dem Weg kann es lesen",
  },
  beyond: {
    unknown: "Was hinter diesem Server geschieht, ist nicht bekannt",
    "may-be-plaintext": "Hinter diesem Server kann es unverschlüsselt weiterreisen",
  },
  fromHistory: "Es wurde aus dem Verlauf des Servers geholt: wie es damals gesendet wurde, ist nicht bekannt",
  composer: (conversation, what) => `Nachricht an ${conversation}: ${what}`,
  before: {
    unencrypted: "NICHT verschlüsselt, jeder auf dem Weg kann das lesen",
    "server-reads": "der Server kann das lesen",
    "e2ee-at-bridge": "Ende-zu-Ende-verschlüsselt ab Ihrem Heim-PC",
  },
  places: {
    server: "der Server",
    ownDevices: "Ihre eigenen Geräte",
    homePc: "Ihr Heim-PC",
    otherDevices: "Ihre anderen Geräte",
    devicesOf: (peer) => `die Geräte von ${peer}`,
    path: "alle auf dem Weg zum Server",
    furtherServers: "jeder Server, an den er es weitergibt",
    room: "die anderen im Raum",
  },
  theServer: "zum Server",
  otherSide: "der anderen Seite",
  facts: {
    kinds: {
      none: "keine Verschlüsselung",
      tls: "TLS",
      noise: "Noise",
      mtproto: "MTProto",
      loopback: "zu einem anderen Programm auf Ihrem Heim-PC; was dahinter liegt, ist nicht bekannt",
    },
    unknown: "unbekannt",
    server: "Server",
    connection: "Verbindung",
    identity: "Identität des Servers",
    proved: "bewiesen",
    notProved: "NICHT bewiesen: dies gilt als nicht verschlüsselt",
    version: "Version",
    certificate: "Zertifikat SHA-256",
    issuer: "Zertifikat ausgestellt von",
    login: "Anmeldung",
    via: "Weg nach draußen",
    measuredBy: "Gemessen von",
    measuredByHost: "Ihrem Heim-PC",
    measuredByPlugin: "dem Brücken-Plugin, auf sein Wort hin",
    endToEnd: "Ende-zu-Ende-Verschlüsselung",
    onItsWord: (protocol) => `${protocol}, auf das Wort des Brücken-Plugins hin`,
    protocols: {
      "olm/megolm": "Olm und Megolm (Matrix)",
      "omemo:1": "OMEMO 0.3",
      "omemo:2": "OMEMO 0.8",
      signal: "Signal",
      tox: "Tox",
      otr: "OTR",
      pgp: "OpenPGP",
    },
    peerKey: "Schlüssel der anderen Seite",
    unverified: "NICHT geprüft: er kann jedem gehören",
    key: "Schlüssel",
    between: "Zwischen",
    betweenOwn: "Ihren eigenen Geräten",
    betweenContact: "Ihren Geräten und denen Ihres Kontakts",
    behind: "Hinter dem Server",
    behindPlain: "es kann unverschlüsselt weiterreisen",
    behindUnknown: "nicht bekannt",
    came: "Kam",
    live: "sofort",
    history: "aus dem Verlauf des Servers: wie es damals gesendet wurde, ist nicht bekannt",
  },
};
