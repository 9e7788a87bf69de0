import { z } from "zod";
import { entryRefSchema } from "./text.ts";

const bytes = (length: number) => z.instanceof(Uint8Array).refine((value) => value.length === length);

/** Body of `KIND.conversation`: the founding data, as in `encodeFounding`. */
export const conversationSchema = z.object({ founding: z.instanceof(Uint8Array).refine((value) => value.length <= 4096) });

/** Body of `KIND.device`: a device about itself (or its sponsor about it, when it was linked). The newest by hlc holds. */
export const deviceSchema = z.object({
  device: bytes(32),
  name: z.string().max(128),
  /** Multiaddrs where own devices reach it. */
  addresses: z.array(z.string().max(256)).max(32),
  /** K2, as in `encodeCertificate`. */
  certificate: z.instanceof(Uint8Array).refine((value) => value.length <= 1024),
});
export type DeviceRecord = z.infer<typeof deviceSchema>;

/** Body of `KIND.cut` (C1), in the conversation that it cuts. */
export const cutSchema = z.object({
  device: bytes(32),
  feeds: z.array(z.object({ inc: bytes(8), seq: z.int().positive(), hash: bytes(32) })).max(4096),
});
export type Cut = z.infer<typeof cutSchema>;

/** Body of `KIND.readMarker`: everything up to and with this entry has been seen. */
export const readMarkerSchema = z.object({ upTo: entryRefSchema });
