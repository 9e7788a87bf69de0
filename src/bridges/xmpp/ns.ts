/** Namespaces: RFC 6120, RFC 6121, and the XEP that is named by each. */
export const NS = {
  client: "jabber:client",
  stream: "http://etherx.jabber.org/streams",
  streams: "urn:ietf:params:xml:ns:xmpp-streams",
  stanzas: "urn:ietf:params:xml:ns:xmpp-stanzas",
  tls: "urn:ietf:params:xml:ns:xmpp-tls",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  roster: "jabber:iq:roster",
  /** 0004 */
  forms: "jabber:x:data",
  /** 0030 */
  info: "http://jabber.org/protocol/disco#info",
  items: "http://jabber.org/protocol/disco#items",
  /** 0045 */
  muc: "http://jabber.org/protocol/muc",
  mucUser: "http://jabber.org/protocol/muc#user",
  /** 0059 */
  rsm: "http://jabber.org/protocol/rsm",
  /** 0085 */
  chatStates: "http://jabber.org/protocol/chatstates",
  /** 0184 */
  receipts: "urn:xmpp:receipts",
  /** 0198 */
  sm: "urn:xmpp:sm:3",
  /** 0199 */
  ping: "urn:xmpp:ping",
  /** 0203 */
  delay: "urn:xmpp:delay",
  /** 0249 */
  invitation: "jabber:x:conference",
  /** 0280 */
  carbons: "urn:xmpp:carbons:2",
  /** 0297 */
  forward: "urn:xmpp:forward:0",
  /** 0308 */
  replace: "urn:xmpp:message-correct:0",
  /** 0313 */
  mam: "urn:xmpp:mam:2",
  /** 0333 */
  markers: "urn:xmpp:chat-markers:0",
  /** 0334 */
  hints: "urn:xmpp:hints",
  /** 0359 */
  sid: "urn:xmpp:sid:0",
  /** 0380 */
  encryption: "urn:xmpp:eme:0",
  /** 0421 */
  occupant: "urn:xmpp:occupant-id:0",
  /** 0424 */
  retract: "urn:xmpp:message-retract:1",
  /** 0425 */
  moderate: "urn:xmpp:message-moderate:1",
  /** 0428 */
  fallback: "urn:xmpp:fallback:0",
  /** 0444 */
  reactions: "urn:xmpp:reactions:0",
  /** 0461 */
  reply: "urn:xmpp:reply:0",
} as const;
