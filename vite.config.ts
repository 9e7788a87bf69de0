import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { serviceWorker } from "./scripts/app-build/service-worker.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** The web app: `src/app` → `dist/app`, which the node serves. */
export default defineConfig({
  root: "src/app",
  base: "/",
  plugins: [react(), serviceWorker({ entry: "src/app/service-worker/service-worker.ts", version })],
  define: { __VERSION__: JSON.stringify(version) },
  worker: { format: "es" },
  build: {
    outDir: "../../dist/app",
    emptyOutDir: true,
    target: "es2023",
    // Inlined files would be data: addresses, which the content security policy does not allow for scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    modulePreload: { polyfill: false },
  },
  // SQLite finds its WebAssembly beside its module.
  optimizeDeps: { exclude: ["@sqlite.org/sqlite-wasm"] },
});
