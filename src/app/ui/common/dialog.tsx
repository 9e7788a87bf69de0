import type { ReactElement, ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose(): void;
  children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, children }: DialogProps): ReactElement {
  return (
    <ModalOverlay className="modal-ground" isOpen={isOpen} isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className="modal">
        <AriaDialog className="dialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
