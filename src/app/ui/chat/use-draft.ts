import { useEffect, useRef, useState } from "react";
import type { ChatRow } from "../../../api/chats.ts";
import { useApp } from "../context.ts";

const PAUSE_MS = 600;
const KEY = "homeport-draft-";
/** As much of a draft as a row of the list tells. */
const TOLD = 512;

interface Draft {
  text: string;
  setText(text: string): void;
  /** Forgets it on all devices. */
  clear(): void;
}

/** What is being written: on all own devices, and over a reload also before the device has it. */
export function useDraft(chat: ChatRow, replyTo: string | undefined): Draft {
  const { store } = useApp();
  const { conversation } = chat;
  const local = KEY + conversation;
  const [text, show] = useState(() => localStorage.getItem(local) ?? "");
  const now = useRef({ text, replyTo, synced: "", timer: undefined as ReturnType<typeof setTimeout> | undefined, typed: text !== "" });
  now.current.replyTo = replyTo;

  const flush = () => {
    const state = now.current;
    clearTimeout(state.timer);
    state.timer = undefined;
    if (state.text === state.synced) return;
    const given = state.text;
    state.synced = given;
    const reply = state.replyTo === undefined ? {} : { replyTo: state.replyTo };
    store.client.call("draft.set", { conversation, text: given, ...(given === "" ? {} : reply) }).then(
      () => now.current.text === given && localStorage.removeItem(local),
      // The copy in the browser stays, and is given to the device with the next change.
      () => undefined,
    );
  };
  const setText = (value: string) => {
    const state = now.current;
    state.text = value;
    state.typed = true;
    show(value);
    localStorage.setItem(local, value);
    state.timer ??= setTimeout(flush, PAUSE_MS);
  };
  const adopt = () =>
    void store.attempt(async () => {
      const { text: kept } = await store.client.call("draft.get", { conversation });
      const state = now.current;
      if (state.typed && state.text !== state.synced) return;
      Object.assign(state, { text: kept, synced: kept });
      show(kept);
    });

  useEffect(() => {
    if (now.current.text === "") adopt();
    else now.current.timer ??= setTimeout(flush, PAUSE_MS);
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
  }, [conversation]);
  useEffect(() => {
    const { text: mine, synced } = now.current;
    // Another device wrote on; what is being typed here is not taken away.
    if (mine === synced && (chat.draft ?? "") !== synced.slice(0, TOLD)) adopt();
  }, [chat.draft]);
  return {
    text,
    setText,
    clear: () => {
      setText("");
      flush();
    },
  };
}
