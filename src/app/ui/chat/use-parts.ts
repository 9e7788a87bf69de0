import { useEffect, useState } from "react";
import type { ChatRow } from "../../../api/chats.ts";
import { HomeportError } from "../../../api/errors.ts";
import { useApp } from "../context.ts";

const PAUSE_MS = 300;
/** Shorter texts of one line fit into one message of any network. */
const SURELY_FITS = 200;

export type Parts = { parts: number; exact: boolean } | { tooLong: string } | undefined;

/** As how many messages a text would go to the network, where it may be more than one. */
export function useParts(chat: ChatRow, text: string): Parts {
  const { store } = useApp();
  const [parts, setParts] = useState<Parts>();
  const { conversation, network } = chat;
  const asks = network !== "homeport" && (text.length > SURELY_FITS || text.includes("\n"));
  useEffect(() => {
    if (!asks) return setParts(undefined);
    let wanted = true;
    const timer = setTimeout(() => {
      store.client
        .call("message.parts", { conversation, text })
        .then((answer) => wanted && setParts(answer))
        .catch((error: unknown) => {
          if (wanted) setParts(error instanceof HomeportError && error.code === "too-large" ? { tooLong: error.message } : undefined);
        });
    }, PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [store, conversation, text, asks]);
  return asks ? parts : undefined;
}
