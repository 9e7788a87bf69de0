import { type DragEvent, type ReactElement, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

interface DropZoneProps {
  onFiles(files: readonly File[]): void;
  /** The network takes no files. */
  isDisabled: boolean;
  children: ReactNode;
}

/** Files that are dropped anywhere on the conversation. */
export function DropZone({ onFiles, isDisabled, children }: DropZoneProps): ReactElement {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    <div
      className="drop-zone"
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        // Without it the browser would leave the app and open the file.
        event.preventDefault();
        event.dataTransfer.dropEffect = isDisabled ? "none" : "copy";
        setOver(!isDisabled);
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        if (!isDisabled) onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over ? (
        <p className="drop-hint" aria-hidden="true">
          {t("files.drop")}
        </p>
      ) : null}
    </div>
  );
}
