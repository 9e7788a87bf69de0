import { z } from "zod";
import { bytesOf, entryRefSchema } from "./text.ts";

const short = z.string().min(1).max(512);

const bytesUpTo = (most: number) => z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= most);

/** Body of `KIND.conversation`: the founding data, as in `encodeFounding`. */
export const conversationSchema = z.object({ founding: bytesUpTo(4096) });

/** Body of `KIND.device`: a device about itself (or its sponsor about it, when it was linked). The newest by hlc holds. */
export const deviceSchema = z.object({
  device: bytesOf(32),
  name: z.string().max(128),
  /** Multiaddrs where own devices reach it. */
  addresses: z.array(z.string().max(256)).max(32),
  /** K2, as in `encodeCertificate`. */
  certificate: bytesUpTo(1024),
});
export type DeviceRecord = z.infer<typeof deviceSchema>;

/** Body of `KIND.cut` (C1), in the conversation that it cuts. An incarnation that is not listed counts for nothing. */
export const cutSchema = z.object({
  device: bytesOf(32),
  feeds: z.array(z.object({ inc: bytesOf(8), seq: z.int().positive(), hash: bytesOf(32) })).max(4096),
  /** In the own-devices log: first 16 bytes of the ids of all conversations for which the revoker published a cut. */
  conversations: z.array(bytesOf(16)).max(8192).optional(),
});
export type CutBody = z.infer<typeof cutSchema>;

/** Feeds that one read marker speaks of; more take several. */
export const MAX_SEEN = 2048;

/**
 * Body of `KIND.readMarker`. Devices get entries in different orders, so what was seen is said for each feed: everything of
 * it up to `seq`. Markers add up; none takes back what another said. Without `seen` it speaks of the feed of `upTo` alone.
 */
export const readMarkerSchema = z.object({
  /** The message that the person marked. */
  upTo: entryRefSchema,
  seen: z.array(entryRefSchema).max(MAX_SEEN).optional(),
});

export const MAX_HIGHLIGHTS = 100;
export const MAX_IGNORED = 500;

/** Body of `KIND.highlights`. Each carries the whole; the newest by hlc holds. */
export const highlightsSchema = z.object({ words: z.array(z.string().min(1).max(64)).max(MAX_HIGHLIGHTS) });

/** Body of `KIND.ignored`. Each carries the whole; the newest by hlc holds. `bridge`, `user`: as the bridge names them. */
export const ignoredSchema = z.object({
  people: z.array(z.object({ bridge: short, user: short, name: z.string().max(512) })).max(MAX_IGNORED),
});
export type IgnoredPerson = z.infer<typeof ignoredSchema>["people"][number];
