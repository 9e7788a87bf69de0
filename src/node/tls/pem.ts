import { createHash } from "node:crypto";

export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** SHA-256 as phones show it: `AB:CD:…`. */
export function fingerprint(certificate: Uint8Array): string {
  return (createHash("sha256").update(certificate).digest("hex").toUpperCase().match(/../g) ?? []).join(":");
}
