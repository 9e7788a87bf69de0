import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { appHashes, buildId } from "../../api/app-build.ts";
import type { CheckRow, Status } from "../../api/status.ts";

const HASHES = "hashes.json";

/** The app as this node serves it. */
export interface AppBuild {
  version: string;
  /** Over the files as they are, not as the list says. */
  build: string;
  /** Paths that are not as the list says: changed, missing, or not in it. */
  wrong: string[];
}

/** Computes the hashes over the files. Undefined where there is no list of them. */
export async function readAppBuild(folder: string): Promise<AppBuild | undefined> {
  const published = readHashes(folder);
  if (!published) return undefined;
  const files = hashFiles(folder);
  const paths = new Set([...Object.keys(published.files), ...Object.keys(files)]);
  const wrong = [...paths].filter((path) => files[path] !== published.files[path]).sort();
  const build = await buildId(files);
  return { version: published.version, build, wrong: wrong.length === 0 && build !== published.build ? [`/${HASHES}`] : wrong };
}

/** As `status` shows it. */
export function shownBuild(app: AppBuild | undefined): Status["app"] {
  return app ? { version: app.version, build: app.build } : null;
}

/** W2: for comparing with what was published with the release. */
export function checkApp(app: AppBuild | undefined): CheckRow {
  if (!app) return { check: "app", ok: false, message: "The web app is not there: it was not built.", fix: "Run `npm run build:app`." };
  const { version, build, wrong } = app;
  if (wrong.length === 0) return { check: "app", ok: true, message: `The web app is ${version}, build ${build}.` };
  const named = wrong.slice(0, 3).join(", ") + (wrong.length > 3 ? ` and ${wrong.length - 3} more` : "");
  return {
    check: "app",
    ok: false,
    message: `Files of the web app are not those of its release: ${named}.`,
    fix: "Somebody changed them, or an update broke off. Install Homeport again, and open no page of it before.",
  };
}

function readHashes(folder: string) {
  try {
    const { data } = appHashes.safeParse(JSON.parse(readFileSync(join(folder, HASHES), "utf8")));
    return data;
  } catch {
    // Not there, or not JSON: an app without a list.
    return undefined;
  }
}

function hashFiles(folder: string): Record<string, string> {
  const names = globSync("**/*.*", { cwd: folder }).map((name) => name.split(sep).join("/"));
  const files = names.filter((name) => name !== HASHES);
  return Object.fromEntries(
    files.map((name) => [
      `/${name}`,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("base64"),
    ]),
  );
}
