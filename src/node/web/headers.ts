import { createHash } from "node:crypto";

/** Sent with every answer. Nothing but the app's own files runs or is loaded; nobody frames it. */
export function securityHeaders(csp: string): Record<string, string> {
  return {
    "content-security-policy": csp,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy":
      "camera=(self), microphone=(self), clipboard-write=(self), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

/**
 * `html` is the app's page: its inline scripts are allowed by hash. `connect`: where pages may connect besides their own origin;
 * a device in the browser dials own devices by addresses that are not known beforehand.
 */
export function contentSecurityPolicy(html: string): string {
  const scripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    (match) => `'sha256-${sha256(match[1] ?? "")}'`,
  );
  return [
    "default-src 'none'",
    // WebAssembly: libsodium and SQLite.
    ["script-src 'self' 'wasm-unsafe-eval'", ...scripts].join(" "),
    `style-src 'self' ${ARIA_STYLE}`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self' ws: wss:",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types homeport",
  ].join("; ");
}

/** The one style element that react-aria adds for what can be pressed; it holds `touch-action` and nothing else. */
const ARIA_STYLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64");
