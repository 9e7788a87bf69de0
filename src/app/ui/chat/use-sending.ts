import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { HomeportError } from "../../../api/errors.ts";
import type { Message } from "../../../api/messages.ts";
import { type Intent, readIntent } from "../../state/slash.ts";
import { useApp } from "../context.ts";
import { go } from "../route.ts";
import type { Mode } from "./composer-mode.ts";

interface SendingInput {
  chat: ChatRow;
  mode: Mode;
  files: readonly File[];
  setFiles(files: readonly File[]): void;
  /** Seconds; 0: stays. */
  expires: number;
  onProblem(words: string): void;
}

interface Sending {
  /** Each resolves with true where it was taken. */
  send(text: string): Promise<boolean>;
  edit(message: Message, text: string): Promise<boolean>;
  progress: { bytes: number; total: number } | undefined;
  cancel(): void;
}

/** Does what was typed: says it, or follows a command of the network. */
export function useSending({ chat, mode, files, setFiles, expires, onProblem }: SendingInput): Sending {
  const { t } = useTranslation();
  const { store } = useApp();
  const [progress, setProgress] = useState<Sending["progress"]>();
  const stop = useRef<AbortController>(undefined);
  const { conversation, network, account } = chat;
  // What is shown to the person is the condition: a worse connection meanwhile sends nothing.
  const minLabel = chat.label;
  const offered = (account === undefined ? [] : (store.commands.get().get(account) ?? [])).map(({ name }) => name);

  const taken = async (run: () => Promise<unknown>): Promise<boolean> => {
    try {
      await run();
      return true;
    } catch (error) {
      onProblem(error instanceof HomeportError ? error.message : t("talk.notSent"));
      return false;
    }
  };
  const sendFiles = (text: string) =>
    taken(async () => {
      stop.current = new AbortController();
      const total = files.reduce((sum, { size }) => sum + size, 0);
      const done = new Map<number, number>();
      setProgress({ bytes: 0, total });
      const onProgress = ({ n, bytes }: { n: number; bytes: number }) => {
        done.set(n, bytes);
        setProgress({ bytes: [...done.values()].reduce((a, b) => a + b, 0), total });
      };
      try {
        await store.files.send({ conversation, text, minLabel, files }, { signal: stop.current.signal, onProgress });
        setFiles([]);
        store.talks.said(conversation);
      } finally {
        setProgress(undefined);
      }
    });
  const say = ({ text, style }: Extract<Intent, { is: "say" }>) =>
    taken(async () => {
      const reply = mode.is === "reply" ? { replyTo: mode.to.id } : {};
      const life = expires > 0 ? { expires } : {};
      await store.client.call("send", { conversation, text, style, minLabel, ...reply, ...life });
      store.talks.said(conversation);
    });
  const open = ({ target, text }: Extract<Intent, { is: "open" }>) =>
    taken(async () => {
      if (account === undefined) throw new HomeportError("unsupported", t("talk.noSuchCommand", { command: target }));
      const opened = await store.client.call("bridge.open", { account, target });
      if (text !== "") await store.client.call("send", { conversation: opened.conversation, text, minLabel });
      await store.refreshChats();
      go({ page: "chat", conversation: opened.conversation });
    });
  const follow = (intent: Intent): Promise<boolean> => {
    switch (intent.is) {
      case "say":
        return say(intent);
      case "open":
        return open(intent);
      case "leave":
        return taken(async () => {
          await store.client.call("bridge.close", { conversation });
          go({ page: "chats" });
        });
      case "topic":
        return taken(() => store.client.call("chat.topic", { conversation, topic: intent.topic, minLabel }));
      case "members":
        store.factsOf.set(conversation);
        return Promise.resolve(true);
      case "network":
        return taken(async () => {
          if (account === undefined) return;
          const { name, args } = intent;
          const { text } = await store.client.call("bridge.command", { account, conversation, name, args });
          if (text !== "") store.answer.set(text);
        });
      case "incomplete":
        onProblem(t("talk.incomplete", { usage: intent.usage }));
        return Promise.resolve(false);
      case "unknown":
        onProblem(t("talk.noSuchCommand", { command: intent.command }));
        return Promise.resolve(false);
    }
  };
  return {
    progress,
    cancel: () => stop.current?.abort(new HomeportError("cancelled", t("files.cancelled"))),
    send: (text) => (files.length > 0 ? sendFiles(text) : follow(readIntent(text, network, offered))),
    edit: (message, text) => taken(() => store.client.call("edit", { message: message.id, text })),
  };
}
