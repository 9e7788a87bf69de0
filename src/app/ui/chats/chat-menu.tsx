import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { PopupMenu } from "../common/popup-menu.tsx";
import { useChatActions } from "./use-chat-actions.tsx";

interface ChatMenuProps {
  chat: ChatRow;
  anchor: HTMLElement;
  onClose(): void;
}

/** The menu of a row of the list. */
export function ChatMenu({ chat, anchor, onClose }: ChatMenuProps): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState(true);
  const { actions, dialogs } = useChatActions(chat, onClose);
  return (
    <>
      {open ? (
        <PopupMenu
          label={t("chats.menuOf", { name: nameOf(chat) })}
          anchor={anchor}
          actions={actions.map((action) => ({
            ...action,
            onAction: () => {
              setOpen(false);
              action.onAction();
            },
          }))}
          onClose={onClose}
        />
      ) : null}
      {dialogs}
    </>
  );
}
