/** Capabilities that we ask for where a server has them (IRCv3). */
export const WANTED: readonly string[] = [
  "account-tag",
  "away-notify",
  "batch",
  "cap-notify",
  "chghost",
  "echo-message",
  "extended-join",
  "invite-notify",
  "labeled-response",
  "message-tags",
  "multi-prefix",
  "server-time",
  "setname",
  "userhost-in-names",
  "znc.in/self-message",
  "znc.in/server-time-iso",
];
