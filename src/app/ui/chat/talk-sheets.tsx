import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { cleanBlock } from "../../../security-labels/index.ts";
import { useValue } from "../../state/observable.ts";
import { Dialog } from "../common/dialog.tsx";
import { useApp } from "../context.ts";
import { FactsSheet } from "./facts-sheet.tsx";

/** What is shown over the conversations: the facts of one, and what a network answered. */
export function TalkSheets(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const facts = useValue(store.factsOf);
  const answer = useValue(store.answer);
  const chat = useValue(store.chats)?.find(({ conversation }) => conversation === facts);
  return (
    <>
      {chat ? <FactsSheet key={chat.conversation} chat={chat} onClose={() => store.factsOf.set(undefined)} /> : null}
      {answer === undefined ? null : (
        <Dialog title={t("talk.answer")} isOpen onClose={() => store.answer.set(undefined)}>
          <pre className="answer" dir="auto">
            {cleanBlock(answer)}
          </pre>
        </Dialog>
      )}
    </>
  );
}
