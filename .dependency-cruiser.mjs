/**
 * The floors of docs/architecture.md as rules: what each folder may import. Whatever a row does not name is refused.
 * `npm run floors` (scripts/check-floors.ts) runs them and asserts that the modules were really read.
 */
import { builtinModules } from "node:module";

/** Network plugins and the one library that each may use besides the contract, the kit and `node:`. */
const PLUGINS = { irc: ["irc-framework"], xmpp: ["@xmpp/client"] };

/**
 * `may`: folders and files under src that may be imported in any way, or `node:`. `types`: only by `import type`.
 * `lazily`: by `import type` or by `import()`. `libraries`: packages; `*` for all that package.json names under dependencies.
 */
const FLOORS = [
  { name: "security-labels", floor: 0 },
  {
    name: "sync",
    floor: 1,
    may: ["security-labels"],
    libraries: ["libsodium-wrappers-sumo", "cborg", "zod", "multiformats", "@scure/bip39"],
  },
  {
    name: "transport",
    floor: 2,
    may: ["sync/ports.ts", "sync/errors.ts", "sync/domains.ts", "sync/encoding", "node:"],
    libraries: ["libp2p", "@libp2p/*", "@multiformats/*", "multiformats", "it-length-prefixed", "datastore-core", "ws"],
  },
  {
    name: "api",
    floor: 2,
    may: ["security-labels", "sync/errors.ts", "sync/content"],
    types: ["sync", "bridges/contract"],
    libraries: ["zod"],
  },
  { name: "bridges/contract", floor: 2, types: ["security-labels", "node:"] },
  {
    name: "device",
    floor: 3,
    may: ["security-labels", "sync", "transport", "api"],
    types: ["bridges/contract"],
    libraries: ["zod"],
  },
  { name: "bridges/kit", floor: 4, may: ["bridges/contract", "security-labels", "node:"], libraries: ["cborg", "zod"] },
  ...Object.entries(PLUGINS).map(([network, libraries]) => ({
    name: `bridges/${network}`,
    floor: 4,
    may: ["bridges/contract", "bridges/kit", "node:"],
    types: ["security-labels"],
    libraries,
  })),
  {
    name: "bridges/host",
    floor: 4,
    may: ["bridges/contract", "bridges/kit", "sync", "security-labels", "node:"],
    libraries: ["cborg", "zod", "socks"],
  },
  {
    name: "node",
    floor: 5,
    may: ["security-labels", "sync", "transport", "api", "device", "bridges/contract", "bridges/host", "node:"],
    libraries: ["*"],
  },
  {
    name: "app",
    floor: 5,
    may: ["security-labels", "sync", "transport", "api", "device"],
    libraries: [
      "react",
      "react-dom",
      "@types/react",
      "@types/react-dom",
      "react-aria-components",
      "react-i18next",
      "i18next",
      "virtua",
      "@sqlite.org/sqlite-wasm",
      "vite",
      "qr",
      "zxing-wasm",
      "zod",
    ],
  },
  {
    name: "cli",
    floor: 5,
    may: ["api", "security-labels", "node:"],
    lazily: ["node"],
    libraries: ["yargs", "@clack/prompts", "qr", "zod"],
  },
];

const literally = (text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]+");
/** Built-in modules appear without `node:`, but for those that exist only with it. */
const builtin = `^(node:)?(${builtinModules.map((name) => name.replace("node:", "")).join("|")})$`;
const library = (name) => (name === "*" ? "(^|/)node_modules/" : `(^|/)node_modules/${literally(name)}/`);

function pathOf(name) {
  if (name === "node:") return builtin;
  return name.endsWith(".ts") ? `^src/${literally(name)}$` : `^src/${literally(name)}/`;
}

function rulesOf({ name, floor, may = [], types = [], lazily = [], libraries = [] }) {
  const from = { path: pathOf(name) };
  const freely = [pathOf(name), ...may.map(pathOf), ...libraries.map(library)];
  const notOnlyTypes = { dependencyTypesNot: ["type-only"] };
  const rule = (suffix, comment, to) => ({ name: `floor-${floor}-${name}${suffix}`, severity: "error", comment, from, to });
  const words = [...may, ...libraries, ...types.map((t) => `types of ${t}`), ...lazily.map((l) => `${l} (by import())`)];
  return [
    rule("", `it may import: ${words.join(", ") || "nothing"}`, { pathNot: [...freely, ...[...types, ...lazily].map(pathOf)] }),
    ...types.map((type) =>
      rule(`-types-of-${type}`, `${type}: by \`import type\` only`, { path: pathOf(type), pathNot: freely, ...notOnlyTypes }),
    ),
    ...lazily.map((lazy) => rule("-lazily", `${lazy}: by \`import()\` only`, { path: pathOf(lazy), dynamic: false, ...notOnlyTypes })),
  ];
}

const plugins = `^src/bridges/(${Object.keys(PLUGINS).join("|")})/`;
const error = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
  forbidden: [
    ...FLOORS.flatMap(rulesOf),
    error(
      "no-unknown-folder",
      "a new folder under src needs a row in FLOORS",
      { path: "^src/", pathNot: FLOORS.map(({ name }) => pathOf(name)) },
      {},
    ),
    error(
      "no-tests-in-the-product",
      "src never imports tests, benchmarks or scripts",
      { path: "^src/" },
      { path: "^(test|bench|scripts|bin|dist)/" },
    ),
    error(
      "plugins-run-in-their-own-process",
      "the host starts a plugin by its manifest; nothing else in the product loads its code",
      { path: "^src/", pathNot: plugins },
      { path: plugins, dependencyTypesNot: ["type-only"] },
    ),
    error(
      "no-circle",
      "these need each other while they are loaded; only types may refer to each other",
      { pathNot: "(^|/)node_modules/" },
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    error("no-orphan", "imports nothing and is imported by nothing", { path: "^src/", pathNot: "\\.d\\.ts$", orphan: true }, {}),
    error("no-unresolvable", "the module is not there", {}, { couldNotResolve: true }),
    error(
      "no-undeclared-library",
      "src uses only packages that package.json names under dependencies",
      // The app is bundled: what it is made of is not installed with the package.
      { path: "^src/", pathNot: "^src/app/" },
      { dependencyTypes: ["npm-dev", "npm-optional", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    ),
  ],
  options: {
    doNotFollow: { path: "(^|/)node_modules/" },
    exclude: { path: "^(bench/peers|dist|\\.cache)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["node", "import", "default"], mainFields: ["module", "main"] },
  },
};
