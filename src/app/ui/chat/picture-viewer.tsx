import { type KeyboardEvent, type ReactElement, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { FileRow } from "../../../api/file-row.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { Button } from "../common/button.tsx";
import { usePicture } from "./picture-bytes.ts";

const STEPS = [1, 1.5, 2, 3, 4, 6] as const;

interface ViewerProps {
  file: FileRow;
  onClose(): void;
  onSave(): void;
}

/** A picture over the whole window: + and − or the wheel zoom, Escape closes. */
export function PictureViewer({ file, onClose, onSave }: ViewerProps): ReactElement {
  const { t } = useTranslation();
  const url = usePicture(file);
  const [step, setStep] = useState(0);
  const name = cleanText(file.name, 80);
  const zoom = (by: number) => setStep((now) => Math.max(0, Math.min(STEPS.length - 1, now + by)));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "+" || event.key === "=") zoom(1);
    else if (event.key === "-") zoom(-1);
    else if (event.key === "0") setStep(0);
  };
  return (
    <ModalOverlay className="viewer-ground" isOpen isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className="viewer">
        <Dialog aria-label={t("files.view", { name })} className="viewer-dialog">
          <div className="viewer-bar" onKeyDown={onKeyDown}>
            <bdi>{name}</bdi>
            <Button onPress={() => zoom(-1)} label={t("files.smaller")} isDisabled={step === 0}>
              −
            </Button>
            <Button onPress={() => zoom(1)} label={t("files.larger")} isDisabled={step === STEPS.length - 1}>
              +
            </Button>
            <Button onPress={onSave}>{t("files.save")}</Button>
            <Button onPress={onClose}>{t("close")}</Button>
          </div>
          <div
            className="viewer-picture"
            data-zoom={STEPS[step]}
            tabIndex={0}
            role="group"
            aria-label={name}
            onKeyDown={onKeyDown}
            onWheel={(event) => event.ctrlKey && zoom(event.deltaY < 0 ? 1 : -1)}
            onDoubleClick={() => setStep((now) => (now === 0 ? 2 : 0))}
          >
            {url ? <img src={url} alt={name} /> : <p>{t("loading")}</p>}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
