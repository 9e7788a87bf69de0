import type { ReactElement, ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./button.tsx";
import { Cross } from "./icons.tsx";

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose(): void;
  children: ReactNode;
  size?: "large";
  /** `alertdialog`: something has to be decided; a press beside it does not close it. */
  role?: "dialog" | "alertdialog";
}

/** In the middle of the page, or from below on a phone. Escape and the cross close it; the focus goes back to where it was. */
export function Dialog({ title, isOpen, onClose, children, size, role = "dialog" }: DialogProps): ReactElement {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      className="modal-ground"
      isOpen={isOpen}
      isDismissable={role === "dialog"}
      onOpenChange={(open) => (open ? undefined : onClose())}
    >
      <Modal className="modal" {...(size ? { "data-size": size } : {})}>
        <AriaDialog className="dialog" role={role}>
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton label={t("close")} icon={<Cross />} onPress={onClose} />
          </header>
          <div className="dialog-body">{children}</div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The buttons at the end of a dialog or a form; what most want comes last and so lies under the thumb. */
export function Actions({ children }: { children: ReactNode }): ReactElement {
  return <div className="actions">{children}</div>;
}
