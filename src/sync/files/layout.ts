/** How a file is cut. Part of the format: never change a number. */

/** Bytes of the file in each chunk but the last. */
export const CHUNK = 256 * 1024;
/** What sealing adds to a chunk. */
const SEAL_BYTES = 16;
/** Bytes between the beginnings of two sealed chunks. */
export const STRIDE = CHUNK + SEAL_BYTES;
/** Largest file: 1 TiB, so that the bitmap of its chunks is one database value of 512 KiB. */
export const MAX_FILE = 2 ** 40;

/** An empty file has no chunk. */
export const chunkCount = (size: number): number => Math.ceil(size / CHUNK);

/** Bytes of the file in one chunk. */
export const chunkLength = (size: number, index: number): number => Math.min(CHUNK, size - index * CHUNK);

export const sealedLength = (size: number, index: number): number => chunkLength(size, index) + SEAL_BYTES;
