import { HomeportError } from "../sync/errors.ts";

export const diskFull = (cause: unknown): HomeportError =>
  new HomeportError("disk-full", "The disk is full or cannot be written. Free some space; nothing that was confirmed is lost.", { cause });

export const readOnly = (cause: unknown): HomeportError =>
  new HomeportError("read-only", "The data folder is read-only for this user. Change its permissions or choose another one.", { cause });

/** What the file system refused, as an error that says what to do; any other error as it is. */
export function forPeople(error: unknown): unknown {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(error);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return readOnly(error);
    default:
      return error;
  }
}

/** Somebody else made the file first. */
export const isTaken = (error: unknown): boolean => codeOf(error) === "EEXIST";

/** Of a system call that failed; errors of ours have codes of their own. */
function codeOf(error: unknown): unknown {
  return error instanceof HomeportError ? undefined : (error as NodeJS.ErrnoException | null | undefined)?.code;
}
