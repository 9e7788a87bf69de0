import { useEffect, useRef, useState } from "react";
import type { FileRow } from "../../../api/file-row.ts";
import { useApp } from "../context.ts";

/** The address of a picture's bytes, while it is shown. */
export function usePicture(file: FileRow | undefined): string | undefined {
  const { store } = useApp();
  const [url, setUrl] = useState<string>();
  const id = file?.file;
  const made = useRef<string>(undefined);
  useEffect(() => {
    if (id === undefined) return undefined;
    const stop = new AbortController();
    store.files
      .open(id, { signal: stop.signal })
      .then((blob) => {
        if (stop.signal.aborted) return;
        made.current = URL.createObjectURL(blob);
        setUrl(made.current);
      })
      // The name stands there all the same, and saving says what is wrong.
      .catch(() => setUrl(undefined));
    return () => {
      stop.abort();
      if (made.current !== undefined) URL.revokeObjectURL(made.current);
      made.current = undefined;
      setUrl(undefined);
    };
  }, [id, store]);
  return url;
}

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
