import { createHash } from "node:crypto";
import { INSTALL_TEXTS } from "./install-texts.ts";

export type PageLanguage = keyof typeof INSTALL_TEXTS;

export const CERTIFICATE_NAME = "ca.crt";
export const PROFILE_NAME = "homeport.mobileconfig";

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:auto;padding:1rem}
code{font:.95em ui-monospace,monospace;overflow-wrap:anywhere}.print{display:block;padding:.75rem;border:1px solid;border-radius:.5rem}
a.button{display:inline-block;padding:.6rem 1rem;margin:.25rem 0;border:1px solid;border-radius:.5rem}summary{padding:.5rem 0;font-weight:600}`;

/** Nothing of it runs, and it loads nothing. */
export const INSTALL_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Tells a phone why and how to trust the own authority, and nothing of the account or the device. */
export function installPage(language: PageLanguage, { origin, fingerprint }: { origin: string; fingerprint: string }): string {
  const texts = INSTALL_TEXTS[language];
  const other = language === "de" ? "en" : "de";
  const rich = (text: string): string => escape(text.replaceAll("{name}", CERTIFICATE_NAME)).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
  const systems = texts.systems.map(
    ({ name, steps }) =>
      `<details><summary>${escape(name)}</summary><ol>${steps.map((step) => `<li>${rich(step)}</li>`).join("")}</ol></details>`,
  );
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Homeport</title>
<style>${STYLE}</style></head><body><p><a href="/?lang=${other}" lang="${other}">${texts.other}</a></p>
<h1>${escape(texts.title)}</h1>${texts.why.map((line) => `<p>${escape(line)}</p>`).join("")}
<p>${rich(texts.check)}</p><code class="print">${escape(fingerprint)}</code>
<h2>${escape(texts.download)}</h2>
<p><a class="button" href="/${CERTIFICATE_NAME}">${escape(texts.certificate)}</a></p>
<p><a class="button" href="/${PROFILE_NAME}">${escape(texts.profile)}</a></p>
${systems.join("\n")}
<h2>${escape(texts.next)}</h2><p><a href="${escape(origin)}">${escape(origin)}</a></p><p>${escape(texts.limits)}</p>
</body></html>`;
}

/** The person's choice, else what the browser prefers. */
export function languageOf(url: string, accept: string | undefined): PageLanguage {
  const chosen = /[?&]lang=(en|de)(&|$)/.exec(url)?.[1];
  if (chosen !== undefined) return chosen as PageLanguage;
  const wanted = (accept ?? "").split(",").map((part) => part.trim().slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag === "en" || tag === "de") === "de" ? "de" : "en";
}

/** Apple's configuration profile with one root certificate in it. */
export function mobileConfig(certificate: Uint8Array, host: string): string {
  const digest = createHash("sha256").update(certificate).digest("hex");
  const uuid = (part: number): string =>
    digest.slice(part * 32, part * 32 + 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const data = Buffer.from(certificate).toString("base64");
  const name = escape(`Homeport (${host})`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadContent</key><array><dict>
<key>PayloadCertificateFileName</key><string>${CERTIFICATE_NAME}</string>
<key>PayloadContent</key><data>${data}</data>
<key>PayloadDisplayName</key><string>${name}</string>
<key>PayloadIdentifier</key><string>homeport.ca.${digest.slice(0, 16)}</string>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadUUID</key><string>${uuid(0)}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></array>
<key>PayloadDisplayName</key><string>${name}</string>
<key>PayloadIdentifier</key><string>homeport.${digest.slice(0, 16)}</string>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadUUID</key><string>${uuid(1)}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></plist>
`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
