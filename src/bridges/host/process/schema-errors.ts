import { z } from "zod";
import type { BridgeErrorData } from "../../contract/index.ts";
import { words } from "./schema-parts.ts";

export const errorData: z.ZodType<BridgeErrorData> = z.object({
  code: z.enum(["auth", "rate", "offline", "forbidden", "too-large", "unsupported", "not-found", "insecure", "internal"]),
  sent: z.enum(["no", "maybe"]),
  message: words(1_000),
  retryAfterMs: z
    .number()
    .min(0)
    .max(366 * 86_400_000)
    .optional(),
  action: z.enum(["relogin", "check-settings", "open-native", "none"]).optional(),
});
