import type { Account } from "../../../api/account.ts";
import { cleanText } from "../../../security-labels/index.ts";

/** What the account says of a device. */
export type Standing = Account["devices"][number];

export const deviceName = ({ name, device }: { name: string; device: string }): string => cleanText(name, 64) || device.slice(0, 12);
