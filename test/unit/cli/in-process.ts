import { protect } from "../../../src/cli/arguments.ts";
import type { NodeEntry } from "../../../src/cli/node-entry.ts";
import { program } from "../../../src/cli/program.ts";
import type { Shell } from "../../../src/cli/shell.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";

export interface Screen {
  stdout: string;
  stderr: string;
  /** What only a person at a terminal saw. */
  terminal: string;
}

export interface ShellOptions {
  node?: Partial<NodeEntry>;
  terminal?: Partial<Terminal>;
  interrupt?: AbortSignal;
}

const refuse = () => Promise.reject(new Error("not of this test"));

/** A command line in this process: for the commands that make or start a device, whose other side a test plays. */
export function shellOf({ node = {}, terminal = {}, interrupt = new AbortController().signal }: ShellOptions): {
  shell: Shell;
  screen: Screen;
} {
  const screen: Screen = { stdout: "", stderr: "", terminal: "" };
  const shell: Shell = {
    version: "0.0.0",
    command: "homeport",
    env: {},
    stdin: (async function* () {})(),
    stdout: { write: async (text) => void (screen.stdout += text) },
    stderr: { write: async (text) => void (screen.stderr += text) },
    screen: false,
    colour: false,
    terminal: {
      interactive: false,
      confirm: async () => false,
      secret: refuse,
      canTell: async () => false,
      tell: async (bytes) => void (screen.terminal += new TextDecoder().decode(bytes)),
      ...terminal,
    },
    interrupt,
    signal: interrupt,
    node: {
      dataFolder: async (data) => data ?? "/nonexistent",
      hasProfile: async () => false,
      initProfile: refuse,
      runDaemon: refuse,
      joinByLink: refuse,
      signRecovery: refuse,
      signRotation: refuse,
      makeFirstWords: refuse,
      readRecords: refuse,
      recoverProfile: refuse,
      installService: refuse,
      removeService: refuse,
      verifyBackup: refuse,
      restoreBackup: refuse,
      ...node,
    },
  };
  return { shell, screen };
}

export async function runIn(shell: Shell, args: string[]): Promise<void> {
  await program(shell, 100).parseAsync(protect(args));
}
