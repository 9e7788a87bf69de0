import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import { Actions, Dialog } from "./dialog.tsx";

interface SureProps {
  isOpen: boolean;
  title: string;
  /** What follows from it, in whole sentences. */
  text: string;
  action: string;
  onSure(): void;
  onClose(): void;
}

/** Before what cannot be taken back. */
export function Sure({ isOpen, title, text, action, onSure, onClose }: SureProps): ReactElement {
  const { t } = useTranslation();
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose} role="alertdialog">
      <p>{text}</p>
      <Actions>
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          kind="bad"
          onPress={() => {
            onClose();
            onSure();
          }}
        >
          {action}
        </Button>
      </Actions>
    </Dialog>
  );
}
