/** Kinds of entries. Part of the format: never reuse a number. Unknown kinds are stored, forwarded and not interpreted (B9). */
export const KIND = {
  /** A person's own message, in any conversation. */
  text: 1,
  /** What a bridge brought in. */
  bridged: 2,
  /** What became of a message that a bridge was to send. */
  delivery: 3,
  /** In the own-devices log: a conversation exists. */
  conversation: 4,
  /** In the own-devices log: a device's name, addresses and transport certificate. */
  device: 5,
  /** A revoked device's feeds end here (C1). */
  cut: 6,
  /** In the own-devices log: an account of a bridge, without its secrets. */
  bridgeAccount: 7,
  /** How far the person has read. */
  readMarker: 8,
  /** Name, topic and membership of a bridged conversation changed. */
  conversationInfo: 9,
  /** Another text of a message, by its author. */
  edit: 10,
  /** An emoji put to a message, or taken back. */
  reaction: 11,
  /** What is being written in the conversation and was not sent. */
  draft: 12,
  /** A message is pinned in its conversation, or no longer. */
  pinMessage: 13,
  /** The conversation stands at the top of the list, or no longer. */
  pinConversation: 14,
  mute: 15,
  archive: 16,
  /** How long messages of the conversation are kept. */
  retention: 17,
  /** Another text of a message, as a bridge heard it. */
  heardEdit: 18,
  /** What a person of a network reacts to a message with, as a bridge heard it. */
  heardReactions: 19,
  /** In the own-devices log: something is deleted for good (E1). */
  tombstone: 20,
  /** E5: its author asks everybody to delete a message. Nothing writes or honours it yet; body `{ targets: [{ feed, inc, seq }] }`. */
  deletionRequest: 21,
  /** In the own-devices log: the person has seen a notice about the account. */
  noticeSeen: 40,
  /** In the own-devices log: the proof that a device wrote two entries for one place (B5). */
  fork: 41,
  /** In the own-devices log: a browser was shut out because it was silent for too long (W1). */
  retired: 42,
  /** In the own-devices log: how a device is unlocked from another. */
  unlocking: 50,
  /** In the own-devices log: for which key backups are made that the recovery words open. */
  backupKey: 60,
  /** In the own-devices log: words beside the own name that count as naming the person. */
  highlights: 70,
  /** In the own-devices log: people of other networks whose messages the person does not want to see. */
  ignored: 71,
  /** In the own-devices log: with which key a device signs its pushes to browsers. */
  pushKey: 80,
  /** In the own-devices log: where a browser takes pushes. */
  pushTarget: 81,
} as const;
