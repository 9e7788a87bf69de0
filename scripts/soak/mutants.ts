/** Faults that somebody could make in the core, each of which the simulator has to notice: `npm run soak -- --mutants`. */
export interface Mutant {
  /** What the code does wrong then. */
  name: string;
  file: string;
  find: string;
  replace: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "B5: a start goes on in the incarnation of before",
    file: "src/sync/device.ts",
    find: "this.#incarnation = random.bytes(8);",
    replace: "this.#incarnation = new Uint8Array(8);",
  },
  {
    name: "A7: a session with a revoked device goes on",
    file: "src/sync/session/sessions.ts",
    find: 'session.close("it is not admitted any more");',
    replace: "session.pump();",
  },
  {
    name: "A7, J4: a revoked device may have everything",
    file: "src/sync/membership.ts",
    find: 'standingOf(account, device)?.state === "admitted";',
    replace: "standingOf(account, device) !== undefined;",
  },
  {
    name: "R3: what changed in the feeds is not written with the entries",
    file: "src/sync/device.ts",
    find: "        this.store.flush();\n",
    replace: "",
  },
  {
    name: "B2: entries of one moment stand in the order in which they came",
    file: "src/sync/store/entry-table.ts",
    find: "place.n, tieOf(hash)],",
    replace: "place.n, entry.arrived % 7],",
  },
  {
    name: "C1: in a conversation that the revoker did not know everybody goes on with what was delivered",
    file: "src/sync/cuts/cuts.ts",
    find: '(this.#isOutside(conversation, device) ? NOTHING : "unknown")',
    replace: '"unknown"',
  },
  {
    name: "C1: nobody says again that there is a conversation of which a revoked device told",
    file: "src/sync/store/system-kinds.ts",
    find: "if (entry.kind === KIND.conversation) announceAgain(writer, entry);",
    replace: "",
  },
  {
    name: "Expiry: what goes by itself stays",
    file: "src/sync/deletion/sweeper.ts",
    find: "inBackground(() => this.#expire())",
    replace: "inBackground(() => undefined)",
  },
];
