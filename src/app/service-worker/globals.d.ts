/** By path: SHA-256 in base64, of all files of the build but the service worker itself and `hashes.json`. */
declare const __FILES__: Readonly<Record<string, string>>;
