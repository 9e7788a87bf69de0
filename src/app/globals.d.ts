/** Version of the build, from package.json. */
declare const __VERSION__: string;

/** Vite: the address of a module, built as a worker. */
declare module "*?worker&url" {
  const url: string;
  export = url;
}

declare module "*.css";

/** Vite: true where modules are served one by one while developing. */
interface ImportMeta {
  readonly env: { readonly DEV: boolean };
}
