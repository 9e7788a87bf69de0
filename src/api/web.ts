import { z } from "zod";
import { nothing, short } from "./common.ts";

export const webMethods = {
  "web.url": {
    summary: "An address that lets one browser of this machine control the device, once, within ten minutes.",
    params: nothing,
    /** Null where the daemon serves no web interface. */
    result: z.object({ url: short.nullable() }),
  },
} as const;
