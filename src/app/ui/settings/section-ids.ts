/** The parts of the settings, in the order that they are shown; each has its page below `#/settings/`. */
export const SECTIONS = [
  "appearance",
  "notifications",
  "attention",
  "lock",
  "recovery",
  "backup",
  "vault",
  "storage",
  "address",
  "about",
] as const;
export type SectionId = (typeof SECTIONS)[number];
