import { decodeManifest, type Manifest, PART } from "../../sync/backup/manifest.ts";
import { damaged } from "../../sync/backup/header.ts";
import type { PartInfo, PartReader } from "../../sync/backup/parts.ts";
import { concat } from "../../sync/encoding/bytes.ts";
import { HomeportError, MalformedError } from "../../sync/errors.ts";

/** Bytes of a part that is held in memory. */
const MAX_SMALL = 1024 * 1024;

type TakePart = (part: PartInfo, bytes: AsyncIterable<Uint8Array>) => Promise<boolean>;

export interface Contents {
  manifest: Manifest;
  /** The caller wipes it. */
  dataKey: Uint8Array;
  /**
   * Reads on: the database, then what may follow, up to the authentic end. Whoever stops earlier has nothing that counts. `more` says
   * whether it knows a part.
   */
  database(take: (bytes: AsyncIterable<Uint8Array>, size: number) => Promise<void>, more?: TakePart): Promise<void>;
}

/** The parts of a backup in their order. Throws `damaged-backup`, `newer-backup`. */
export async function readContents(reader: PartReader): Promise<Contents> {
  const manifest = manifestOf(await small(reader, PART.manifest));
  const dataKey = await small(reader, PART.dataKey);
  if (dataKey.length !== 32) throw damaged("its data key is none");
  return {
    manifest,
    dataKey,
    async database(take, more) {
      const { size } = await expected(reader, PART.database);
      await take(reader.bytes(), size);
      for (let part = await reader.next(); part; part = await reader.next()) {
        const isKnown = more !== undefined && (await more(part, reader.bytes()));
        if (!isKnown && part.required) throw unknownPart(part);
      }
    },
  };
}

async function small(reader: PartReader, name: string): Promise<Uint8Array> {
  const { size } = await expected(reader, name);
  if (size > MAX_SMALL) throw damaged("a part is too large");
  const pieces: Uint8Array[] = [];
  for await (const bytes of reader.bytes()) pieces.push(bytes.slice());
  return concat(...pieces);
}

async function expected(reader: PartReader, name: string): Promise<PartInfo> {
  const part = await reader.next();
  if (part?.name === name) return part;
  throw part?.required === true ? unknownPart(part) : damaged(`it has no part ${name}`);
}

function manifestOf(bytes: Uint8Array): Manifest {
  try {
    return decodeManifest(bytes);
  } catch (error) {
    if (error instanceof MalformedError) throw damaged("its description cannot be read", error);
    throw error;
  }
}

function unknownPart({ name }: PartInfo): HomeportError {
  const message = `This backup holds something that this Homeport does not know (${JSON.stringify(name.slice(0, 40))}). Install a newer one.`;
  return new HomeportError("newer-backup", message);
}
