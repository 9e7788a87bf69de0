import { type ClipboardEvent, type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { ChatRow } from "../../../api/chats.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { nameOf } from "../../state/chat-filter.ts";
import { type Completion, complete } from "../../state/completion.ts";
import { gateOf } from "../../state/gate.ts";
import { useValue } from "../../state/observable.ts";
import { commandsOf } from "../../state/slash.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Button } from "../common/button.tsx";
import { Plus } from "../common/icons.tsx";
import { useApp } from "../context.ts";
import type { Mode } from "./composer-mode.ts";
import { EmojiPicker } from "./emoji-picker.tsx";
import { GatePanel } from "./gate-panel.tsx";
import { canEdit } from "./message-menu.tsx";
import { Outgoing } from "./outgoing-files.tsx";
import { useDraft } from "./use-draft.ts";
import { useParts } from "./use-parts.ts";
import { useSending } from "./use-sending.ts";

interface ComposerProps {
  chat: ChatRow;
  mode: Mode;
  setMode(mode: Mode): void;
  files: readonly File[];
  setFiles(files: readonly File[]): void;
}

const LIFETIMES = [0, 3600, 86_400, 604_800] as const;

export function Composer({ chat, mode, setMode, files, setFiles }: ComposerProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const { composerPlaceholder, longWords, shortWords } = useLabelWords();
  const { conversation, label, trust } = chat;
  const known = useValue(store.labels.all)[conversation];
  const gate = gateOf(known, label);
  const [pass, setPass] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [expires, setExpires] = useState(0);
  const draft = useDraft(chat, mode.is === "reply" ? mode.to.id : undefined);
  const [edited, setEdited] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const completion = useRef<Completion["round"]>(undefined);
  const names = useNames(chat);
  const own = chat.network === "homeport";
  const editing = mode.is === "edit" ? mode.of : undefined;
  const text = editing ? edited : draft.text;
  const setText = editing ? setEdited : draft.setText;
  const parts = useParts(chat, text);
  const closed = !gate.open && !pass;

  useEffect(() => {
    if (editing) setEdited(editing.text);
    if (mode.is !== "new") field.current?.focus();
  }, [mode, editing]);

  const done = () => {
    setMode({ is: "new" });
    setPass(false);
    setProblem(undefined);
  };
  const sending = useSending({ chat, mode, files, setFiles, expires, onProblem: setProblem });
  const send = async () => {
    if (closed || (text.trim() === "" && files.length === 0)) return;
    const given = text;
    if (editing) {
      if (given.trim() !== "" && given !== editing.text && !(await sending.edit(editing, given))) return;
      return done();
    }
    // What is written next is not to be lost while this one is on its way.
    draft.setText("");
    if (await sending.send(given)) {
      draft.clear();
      done();
    } else draft.setText(given);
  };
  const put = (next: string, caret: number) => {
    setText(next);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(caret, caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const { selectionStart: caret, selectionEnd } = event.currentTarget;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === "Escape" && (mode.is !== "new" || problem !== undefined)) {
      event.preventDefault();
      done();
    } else if (event.key === "ArrowUp" && text === "" && mode.is === "new") {
      const last = store.talks
        .of(conversation)
        .get()
        .messages.findLast((message) => canEdit(message, chat) && message.text !== "");
      if (!last) return;
      event.preventDefault();
      setMode({ is: "edit", of: last });
    } else if (event.key === "Tab" && caret === selectionEnd && !event.altKey && !event.ctrlKey) {
      const found = complete(text, caret, names.now(), completion.current, event.shiftKey);
      // Where there is nothing to complete, Tab leads on as everywhere.
      if (!found) return;
      event.preventDefault();
      completion.current = found.round;
      put(found.text, found.caret);
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    if (!own || event.clipboardData.files.length === 0) return;
    event.preventDefault();
    setFiles([...files, ...event.clipboardData.files]);
  };
  const placeholder = composerPlaceholder(label, nameOf(chat), trust);
  return (
    <footer className="composer">
      {closed ? (
        <GatePanel
          was={gate.was}
          now={gate.now}
          trust={trust}
          onOnce={() => setPass(true)}
          onAccept={() => store.labels.accept(conversation, label)}
        />
      ) : (
        <p className="small soft composer-label">{t("talk.labelNow", { words: longWords(label, { trust }) })}</p>
      )}
      {mode.is === "new" ? null : (
        <div className="composer-mode">
          <span>
            {mode.is === "edit"
              ? t("talk.editing")
              : t("talk.replying", { name: mode.to.from.self ? t("talk.you") : cleanText(mode.to.from.name, 64) })}
            {": "}
            <bdi className="soft">{cleanText(mode.is === "edit" ? mode.of.text : mode.to.text, 100)}</bdi>
          </span>
          <Button kind="bare" onPress={done}>
            {t("cancel")}
          </Button>
        </div>
      )}
      <Outgoing files={files} setFiles={setFiles} progress={sending.progress} onCancel={sending.cancel} />
      {problem === undefined ? null : (
        <p role="alert" className="problem">
          {problem}
        </p>
      )}
      {parts === undefined ? null : "tooLong" in parts ? (
        <p role="alert" className="problem">
          {parts.tooLong}
        </p>
      ) : parts.parts > 1 ? (
        <p role="status" className="small">
          {t(parts.exact ? "talk.parts" : "talk.partsAbout", { count: parts.parts })}
        </p>
      ) : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <textarea
          ref={field}
          className="input"
          rows={1}
          dir="auto"
          aria-label={placeholder}
          placeholder={placeholder}
          value={text}
          disabled={closed}
          onChange={(event) => {
            completion.current = undefined;
            setProblem(undefined);
            setText(event.target.value);
          }}
          onFocus={names.load}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <div className="composer-tools">
          <DialogTrigger>
            <Button kind="bare" label={t("emoji.title")}>
              <span aria-hidden="true">☺</span>
            </Button>
            <Popover className="menu-box" placement="top end">
              <EmojiPicker
                onPick={(emoji) => {
                  const at = field.current?.selectionStart ?? text.length;
                  put(text.slice(0, at) + emoji + text.slice(at), at + emoji.length);
                }}
              />
            </Popover>
          </DialogTrigger>
          {own && !editing ? (
            <>
              <input
                ref={picker}
                type="file"
                multiple
                hidden
                onChange={(event) => {
                  setFiles([...files, ...(event.target.files ?? [])]);
                  event.target.value = "";
                }}
              />
              <Button kind="bare" label={t("files.attach")} onPress={() => picker.current?.click()}>
                <Plus />
              </Button>
              <select
                className="input lifetime"
                aria-label={t("talk.lifetime")}
                value={expires}
                onChange={(event) => setExpires(Number(event.target.value))}
              >
                {LIFETIMES.map((seconds) => (
                  <option key={seconds} value={seconds}>
                    {t(`talk.lifetimes.${seconds}`)}
                  </option>
                ))}
              </select>
            </>
          ) : null}
          <Button kind="main" type="submit" isDisabled={closed || (text.trim() === "" && files.length === 0)}>
            {pass && !gate.open ? t("talk.sendAnyway", { words: shortWords(label, trust) }) : t(editing ? "talk.save" : "talk.send")}
          </Button>
        </div>
      </form>
    </footer>
  );
}

/** Who and what can be completed: who spoke last comes first. */
function useNames(chat: ChatRow): { now(): string[]; load(): void } {
  const { store } = useApp();
  const members = useRef<readonly string[]>([]);
  const asked = useRef(false);
  return {
    load: () => {
      if (chat.account !== undefined) void store.learnCommands(chat.account);
      if (asked.current || chat.kind !== "channel") return;
      asked.current = true;
      store.client
        .call("bridge.members", { conversation: chat.conversation })
        .then((rows) => {
          members.current = rows.map(({ name }) => cleanText(name, 64));
        })
        .catch(() => {
          // The network or its device is away: who spoke is known all the same.
          asked.current = false;
        });
    },
    now: () => {
      const spoke = store.talks
        .of(chat.conversation)
        .get()
        .messages.filter(({ from }) => !from.self && from.name !== "");
      const channels = (store.chats.get() ?? []).filter(({ account, kind }) => account === chat.account && kind === "channel");
      return [
        ...new Set([
          ...spoke.map(({ from }) => cleanText(from.name, 64)).reverse(),
          ...members.current,
          ...channels.map(({ name }) => cleanText(name, 64)),
          ...commandsOf(chat.network).map(({ name }) => `/${name}`),
          ...(store.commands.get().get(chat.account ?? "") ?? []).map(({ name }) => `/${name}`),
        ]),
      ];
    },
  };
}
