import { existsSync } from "node:fs";
import { join } from "node:path";
import { libraryPath, provision } from "./provision.ts";
import { ServerProcess, until } from "./process.ts";

/** A session bus of its own with an unlocked keyring on it, as on a desktop where the person has logged in. */
export interface Keyring extends AsyncDisposable {
  /** For a child that is to find the keyring. */
  env: Record<string, string>;
  /** The keyring's daemon ends, and comes again with what it kept. */
  logOut(): Promise<void>;
  logIn(): Promise<void>;
}

const bus = (path: string): string => `<busconfig><type>session</type><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

export async function gnomeKeyring(): Promise<Keyring> {
  const { root } = await provision("keyring");
  const libraries = { LD_LIBRARY_PATH: libraryPath(root) };
  const daemon = new ServerProcess({
    name: "dbus",
    command: join(root, "usr/bin/dbus-daemon"),
    args: (folder) => [`--config-file=${folder}/bus.conf`, "--nofork", "--nopidfile"],
    env: libraries,
  });
  const socket = join(daemon.folder, "bus");
  daemon.write("bus.conf", bus(socket));
  await daemon.start();
  await until("the bus", () => existsSync(socket) || undefined);
  const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
  // It reads the login's password from standard input.
  const program = join(root, "usr/bin/gnome-keyring-daemon");
  const keyring = new ServerProcess({
    name: "keyring",
    command: "/bin/sh",
    args: (folder) => [
      "-c",
      'exec "$0" "$@" < password',
      program,
      "--foreground",
      "--components=secrets",
      "--unlock",
      `--control-directory=${folder}/control`,
    ],
    env: { ...libraries, ...env },
  });
  keyring.write("password", "login");
  const logIn = async (): Promise<void> => {
    await keyring.start();
    await until("the keyring", () => existsSync(join(keyring.folder, "control", "control")) || undefined);
  };
  await logIn();
  return {
    env,
    logIn,
    logOut: () => keyring.stop(),
    async [Symbol.asyncDispose]() {
      await keyring[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
    },
  };
}
