import type { Account } from "../../../api/account.ts";
import { cleanText } from "../../../security-labels/index.ts";

/** What the account says of a device. */
export type Standing = Account["devices"][number];

export const deviceName = ({ name, device }: { name: string; device: string }): string => cleanText(name, 64) || device.slice(0, 12);

/** The kind of way of an address, in words. */
export function wayOf(address: string, t: (name: string) => string): string {
  if (address.includes("/p2p-circuit")) return t("devices.way.relay");
  if (address.includes("/webrtc")) return t("devices.way.webrtc");
  if (/\/(wss|tls\/ws)\b/.test(address)) return t("devices.way.wss");
  if (address.includes("/ws")) return t("devices.way.ws");
  return t(
    /\/ip4\/(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\.|\/ip6\/(::1|f[cde])/.test(address) ? "devices.way.near" : "devices.way.direct",
  );
}
