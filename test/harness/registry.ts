import { execFileSync } from "node:child_process";

/** How this machine reaches the registry, and what it has of it already: for the environment of an npm. */
export function registry(): Record<string, string> {
  const wanted = /^(npm_config_(registry|cafile|proxy|https_proxy|noproxy)|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;
  const kept = Object.entries(process.env).flatMap(([key, value]) => (wanted.test(key) && value !== undefined ? [[key, value]] : []));
  const cache = execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim();
  return { ...Object.fromEntries(kept), npm_config_cache: cache, npm_config_prefer_offline: "true", npm_config_update_notifier: "false" };
}
