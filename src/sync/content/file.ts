import { z } from "zod";

/** Most files of one message. */
export const MAX_FILES = 16;
/** Bytes of a picture that stands for the file until it is here. */
const MAX_THUMBNAIL = 16 * 1024;
const MAX_WAVEFORM = 256;
/** As in files/layout.ts. */
const MAX_SIZE = 2 ** 40;

const bytesOf = (length: number) => z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length);
const bytesUpTo = (most: number) => z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= most);

/** A file that a message names. Whoever has the message can fetch the file, check it and open it. */
export const fileRefSchema = z.object({
  /** Hash over the sealed chunks and the size. */
  root: bytesOf(32),
  /** Under which the chunks are sealed; of this file alone. */
  key: bytesOf(32),
  size: z.int().nonnegative().max(MAX_SIZE),
  /** As the sender called it; nothing that a file system may be given as it is. */
  name: z.string().max(255),
  mime: z.string().max(127),
  thumbnail: z.object({ mime: z.string().max(127), bytes: bytesUpTo(MAX_THUMBNAIL) }).optional(),
  /** Milliseconds, of sound and film. */
  duration: z.int().nonnegative().optional(),
  /** Loudness over the time, one byte each. */
  waveform: bytesUpTo(MAX_WAVEFORM).optional(),
});
export type FileRef = z.infer<typeof fileRefSchema>;
