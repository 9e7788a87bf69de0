/** Every domain tag in use, in one place, so that no two structures share one. Part of the format: never change a tag. */
export const DOMAIN = {
  accountOp: "homeport/1/account-op",
  accountAddCountersign: "homeport/1/account-add-countersign",
  accountHead: "homeport/1/account-head",
  recoveryKey: "homeport/1/recovery-key",
  recoveryHash: "homeport/1/recovery-hash",
  transportCertificate: "homeport/1/transport-certificate",
  conversation: "homeport/1/conversation",
  entryHeader: "homeport/1/entry-header",
  entryBody: "homeport/1/entry-body",
  entrySignature: "homeport/1/entry-signature",
  vectorDigest: "homeport/1/vector-digest",
  sessionKey: "homeport/1/session-key",
  sessionToken: "homeport/1/session-token",
  conversationTag: "homeport/1/conversation-tag",
  linkProof: "homeport/1/link-proof",
  linkCommitment: "homeport/1/link-commitment",
  linkCode: "homeport/1/link-code",
  deviceFingerprint: "homeport/1/device-fingerprint",
  dedupeKey: "homeport/1/dedupe-key",
  segmentKey: "homeport/1/segment-key",
  cutSalt: "homeport/1/cut-salt",
  cutLeaf: "homeport/1/cut-leaf",
  cutNode: "homeport/1/cut-node",
} as const;

export type Domain = (typeof DOMAIN)[keyof typeof DOMAIN];
