import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type Plugin } from "vite";
import { buildId } from "../../src/api/app-build.ts";
import { HASHES, hashFolder, SERVICE_WORKER } from "./hashes.ts";

export interface ServiceWorkerBuild {
  /** The module that is the service worker. */
  entry: string;
  version: string;
}

/**
 * Vite plugin: once all files of the app are there, builds the service worker with the list of their hashes in it, and writes the
 * hashes of all, the service worker's included, to `hashes.json`.
 */
export function serviceWorker({ entry, version }: ServiceWorkerBuild): Plugin {
  let folder = "";
  return {
    name: "homeport:service-worker",
    apply: "build",
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      const { [`/${HASHES}`]: _, [`/${SERVICE_WORKER}`]: __, ...files } = hashFolder(folder);
      await buildWorker(entry, folder, files);
      const { [`/${HASHES}`]: ___, ...all } = hashFolder(folder);
      writeFileSync(join(folder, HASHES), `${JSON.stringify({ version, build: await buildId(all), files: all }, null, 2)}\n`);
    },
  };
}

/** One file without imports, as browsers check no others when they look for a new one. */
async function buildWorker(entry: string, folder: string, files: Record<string, string>): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    define: { __FILES__: JSON.stringify(files) },
    build: {
      outDir: folder,
      emptyOutDir: false,
      copyPublicDir: false,
      target: "es2023",
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        output: { format: "iife", entryFileNames: SERVICE_WORKER },
      },
    },
  });
}
