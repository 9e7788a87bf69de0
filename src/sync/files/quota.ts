import type { Reader } from "../core.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { HomeportError } from "../errors.ts";
import { standingOf } from "../account/resolve.ts";
import { type FileRow, files, STATE, WANTED } from "./table.ts";

/** A disk that is nearly full is left alone: bytes that other things need. */
const RESERVE = 64 * 1024 * 1024;

/** Bytes that fetched copies take, or will take once they are here. Originals do not count. */
const COUNTED = "select coalesce(sum(size), 0) as bytes from file where own = 0 and state in (?, ?) and row <> ?";

export interface Room {
  /** Copies that have to go first. */
  drop: FileRow[];
}

/**
 * Which fetched copies go so that this file fits: those that were opened longest ago, and for a file that nobody asked for only
 * those that are older than it. Never an original, and never a copy whose sender's device is not of the account any more, as
 * it may be the last. Throws `quota-exceeded`.
 */
export function roomFor(reader: Reader, file: FileRow, quota: number): Room {
  const { sql } = reader;
  const counted = sql.get<{ bytes: number }>(COUNTED, STATE.here, STATE.wanted, file.row)?.bytes ?? 0;
  let over = counted + file.size - quota;
  const drop: FileRow[] = [];
  if (over > 0) {
    const before = file.wanted === WANTED.byPerson ? Number.MAX_SAFE_INTEGER : file.used;
    const oldest = sql.all<FileRow>(
      "select row, root, size, state, own, bytes, wanted, used from file where state = ? and own = 0 and used < ? and size > 0 order by used, row",
      ...[STATE.here, before],
    );
    for (const copy of oldest) {
      if (over <= 0) break;
      if (copy.row === file.row || !hasHolder(reader, copy.row)) continue;
      drop.push(copy);
      over -= copy.size;
    }
  }
  if (over > 0)
    throw new HomeportError(
      "quota-exceeded",
      "There is no room for this file within the storage quota; raise `file-quota`, or delete messages with files.",
    );
  return { drop };
}

/** The device that sent it is still of the account, and another than this. */
function hasHolder(reader: Reader, file: number): boolean {
  return files.placesOf(reader.sql, file).some(({ entry }) => {
    const feed = reader.entry(entry)?.feed;
    return feed !== undefined && !sameBytes(feed, reader.self) && standingOf(reader.account, feed)?.state === "admitted";
  });
}

/** Throws `disk-full` where what is still missing would leave too little on the disk. */
export function requireSpace(free: number, missing: number): void {
  if (free - missing < RESERVE)
    throw new HomeportError(
      "disk-full",
      "There is too little space on the disk for this file. Free some, and it goes on by itself; what came so far is kept.",
    );
}
