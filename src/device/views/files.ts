import type { FileRow } from "../../api/file-row.ts";
import type { FileRef } from "../../sync/content/file.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import type { Files } from "../../sync/files/files.ts";
import { files as table, refAt } from "../../sync/files/table.ts";
import { conversationText, fileText, messageText } from "../../sync/log/public-id.ts";

/** The files that a message names, in its order; `refs` are those of its body. */
export function fileRowsOf(files: Files, entry: StoredEntry, refs: readonly FileRef[]): FileRow[] {
  const rows = files.ofEntry(entry);
  return refs.flatMap((ref, n) => (rows[n] === undefined ? [] : [rowOf(files, entry, ref, rows[n])]));
}

/** A file by the newest message that names it; of one conversation, if one is given. */
export function fileRow(files: Files, reader: Reader, file: number, conversation?: number): FileRow | undefined {
  const place = table.placesOf(reader.sql, file).find((candidate) => conversation === undefined || candidate.conversation === conversation);
  return place && rowAt(files, reader, { ...place, file });
}

export function rowAt(files: Files, reader: Reader, place: { entry: number; n: number; file: number }): FileRow | undefined {
  const entry = reader.entry(place.entry);
  const ref = entry && refAt(reader, place);
  return ref && rowOf(files, entry, ref, place.file);
}

function rowOf(files: Files, entry: StoredEntry, ref: FileRef, file: number): FileRow {
  const { state, received, original, trouble } = files.progressOf(file);
  return {
    ...{ file: fileText(ref.root), message: messageText(entry), conversation: conversationText(entry.conversation) },
    ...{ name: ref.name, mime: ref.mime, size: ref.size, state, received, original },
    ...(trouble === undefined ? {} : { problem: { code: trouble.code, message: trouble.message } }),
  };
}
