import { resolve } from "node:path";
import envPaths from "env-paths";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder named by `--data` or `HOMEPORT_DATA`, absolute; undefined where neither names one. */
export function namedDataFolder(data: string | undefined, env: Environment): string | undefined {
  const named = data ?? env.HOMEPORT_DATA;
  return named === undefined || named === "" ? undefined : resolve(named);
}

/** Where the profile lives, absolute: the named folder, else the platform's place for a person's data (XDG on Linux). */
export function dataFolder(data: string | undefined, env: Environment): string {
  return namedDataFolder(data, env) ?? envPaths("homeport", { suffix: "" }).data;
}

/** The platform's place for a person's configuration, absolute. */
export const configFolder = (): string => envPaths("homeport", { suffix: "" }).config;
