import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileRow } from "../../../api/file-row.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { byteText, isPicture, saveName } from "../../state/file-words.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { useApp } from "../context.ts";
import { saveBlob, usePicture } from "./picture-bytes.ts";
import { PictureViewer } from "./picture-viewer.tsx";

/** Larger pictures are shown when asked for. */
const MAX_THUMBNAIL = 8 << 20;

export function FileList({ files }: { files: readonly FileRow[] }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const arriving = useValue(store.arriving);
  return (
    <ul className="files" aria-label={t("files.title")}>
      {files.map((file) => (
        <li key={file.file}>
          <FileView file={{ ...file, ...stateOf(arriving.get(file.file)) }} />
        </li>
      ))}
    </ul>
  );
}

/** A file may stand in several messages under different names: only how far it has come is taken over. */
function stateOf(row: FileRow | undefined): Partial<FileRow> {
  return row ? { state: row.state, received: row.received, ...(row.problem ? { problem: row.problem } : {}) } : {};
}

function FileView({ file }: { file: FileRow }): ReactElement {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const [open, setOpen] = useState(false);
  const picture = isPicture(file.mime);
  const name = cleanText(file.name, 80);
  const thumbnail = usePicture(picture && file.state === "here" && file.size <= MAX_THUMBNAIL ? file : undefined);
  const save = () => void store.attempt(async () => saveBlob(await store.files.open(file.file), saveName(file.name)));
  return (
    <div className="file">
      {thumbnail ? (
        <button type="button" className="thumbnail" onClick={() => setOpen(true)} aria-label={t("files.view", { name })}>
          <img src={thumbnail} alt="" loading="lazy" decoding="async" />
        </button>
      ) : null}
      <div className="file-words">
        <bdi className="file-name">{name}</bdi> <span className="soft small">{byteText(file.size, i18n.language)}</span>
      </div>
      {file.state === "fetching" ? (
        <>
          <progress max={file.size || 1} value={file.received} aria-label={t("files.fetching", { name })} />
          <Button kind="bare" onPress={() => void store.attempt(() => store.client.call("file.cancel", { file: file.file }))}>
            {t("cancel")}
          </Button>
        </>
      ) : null}
      {file.problem ? <p className="small">{cleanText(file.problem.message, 200)}</p> : null}
      <div className="row">
        {file.state === "away" ? (
          <Button onPress={() => void store.attempt(() => store.client.call("file.fetch", { file: file.file }))}>{t("files.fetch")}</Button>
        ) : null}
        {file.state === "here" ? (
          <>
            {picture && !thumbnail ? <Button onPress={() => setOpen(true)}>{t("files.show")}</Button> : null}
            <Button kind="bare" label={t("files.saveName", { name })} onPress={save}>
              {t("files.save")}
            </Button>
          </>
        ) : null}
      </div>
      {open ? <PictureViewer file={file} onClose={() => setOpen(false)} onSave={save} /> : null}
    </div>
  );
}
