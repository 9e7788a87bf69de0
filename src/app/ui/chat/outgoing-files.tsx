import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { cleanText } from "../../../security-labels/index.ts";
import { byteText } from "../../state/file-words.ts";
import { Button } from "../common/button.tsx";

interface OutgoingProps {
  files: readonly File[];
  setFiles(files: readonly File[]): void;
  /** Bytes that the device has taken, of all; undefined while nothing is being sent. */
  progress: { bytes: number; total: number } | undefined;
  onCancel(): void;
}

/** The files that go with the next message. */
export function Outgoing({ files, setFiles, progress, onCancel }: OutgoingProps): ReactElement | null {
  const { t, i18n } = useTranslation();
  if (files.length === 0) return null;
  return (
    <div className="outgoing">
      <ul aria-label={t("files.toSend")}>
        {files.map((file, n) => (
          // Two files may have one name.
          <li key={`${file.name} ${n}`}>
            <bdi>{cleanText(file.name, 60)}</bdi> <span className="soft small">{byteText(file.size, i18n.language)}</span>
            {progress ? null : (
              <Button
                kind="bare"
                label={t("files.remove", { name: cleanText(file.name, 60) })}
                onPress={() => setFiles(files.toSpliced(n, 1))}
              >
                ×
              </Button>
            )}
          </li>
        ))}
      </ul>
      {progress ? (
        <div className="row">
          <progress aria-label={t("files.sending")} max={progress.total || 1} value={progress.bytes} />
          <Button onPress={onCancel}>{t("cancel")}</Button>
        </div>
      ) : null}
    </div>
  );
}
