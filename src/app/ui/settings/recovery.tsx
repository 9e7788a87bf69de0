import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../texts/error-words.ts";
import { Button } from "../common/button.tsx";
import { Checkbox } from "../common/choices.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { TextArea } from "../common/field.tsx";
import { Key } from "../common/icons.tsx";
import { Row, Rows } from "../common/rows.tsx";
import { Banner, Waiting } from "../common/states.tsx";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";
import { deviceName } from "../devices/words.ts";
import { NewWords } from "./new-words.tsx";
import { checkTheWords, makeFirstWords, recoverAccount, rotateWords, type Show } from "./recovery-calls.ts";
import { SectionPage } from "./section-page.tsx";

type Task = "check" | "rotate" | "recover" | "first";

/** The 24 words: whether there are any, whether the paper is right, other ones, and the account brought back by them. */
export function Recovery(): ReactElement {
  const { t } = useTranslation();
  const { value: account, again } = useCall("account.show", {});
  const [task, setTask] = useState<Task>();
  const tasks: Task[] = account?.recovery.set ? ["check", "rotate", "recover"] : ["first"];
  return (
    <SectionPage id="recovery">
      <p>{t("recovery.what")}</p>
      {account === undefined ? (
        <Waiting />
      ) : (
        <>
          {account.recovery.contested ? <Banner tone="bad">{t("devices.notice.recovery-contested", { name: "" })}</Banner> : null}
          {account.recovery.set ? null : <Banner tone="warn">{t("recovery.none")}</Banner>}
          <Rows>
            {tasks.map((one) => (
              <Row key={one} icon={<Key />} title={t(`recovery.${one}.title`)} text={t(`recovery.${one}.how`)}>
                <Button onPress={() => setTask(one)}>{t(`recovery.${one}.do`)}</Button>
              </Row>
            ))}
          </Rows>
        </>
      )}
      {task && account ? (
        <WordsDialog
          task={task}
          devices={account.devices.filter(({ self, state }) => !self && state !== "revoked")}
          self={account.devices.filter(({ self }) => self).map(({ device }) => device)}
          onClose={() => {
            setTask(undefined);
            void again();
          }}
        />
      ) : null}
    </SectionPage>
  );
}

interface WordsDialogProps {
  task: Task;
  devices: readonly { device: string; name: string }[];
  self: readonly string[];
  onClose(): void;
}

function WordsDialog({ task, devices, self, onClose }: WordsDialogProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [words, setWords] = useState("");
  const [keep, setKeep] = useState<ReadonlySet<string>>(new Set());
  const [fresh, setFresh] = useState<{ words: string; have(): void }>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const show: Show = (made) => new Promise((have) => setFresh({ words: made, have }));
  const run = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await act(store.client);
      store.notice.set({ message: t(`recovery.${task}.done`), bad: false });
      onClose();
    } catch (error) {
      setFresh(undefined);
      setFailure(errorWords(error));
    }
    setBusy(false);
  };
  const act = (client: typeof store.client) => {
    if (task === "check") return checkTheWords(client, words);
    if (task === "first") return makeFirstWords(client, show);
    return task === "rotate" ? rotateWords(client, words, show) : recoverAccount(client, words, [...self, ...keep], show);
  };
  return (
    <Dialog title={t(`recovery.${task}.title`)} isOpen onClose={onClose} role="alertdialog">
      {fresh ? (
        <NewWords words={fresh.words} onHave={fresh.have} />
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <p>{t(`recovery.${task}.how`)}</p>
          {failure === undefined ? null : (
            <Banner tone="bad" isAlert>
              {failure}
            </Banner>
          )}
          {task === "first" ? null : (
            <TextArea label={t("recovery.words")} value={words} onChange={setWords} help={t("recovery.wordsHow")} isRequired />
          )}
          {task === "recover" && devices.length > 0 ? (
            <fieldset className="stack tight plain">
              <legend className="small strong">{t("recovery.keep")}</legend>
              {devices.map((one) => (
                <Checkbox
                  key={one.device}
                  isOn={keep.has(one.device)}
                  onChange={(on) =>
                    setKeep((before) => (on ? new Set([...before, one.device]) : new Set([...before].filter((id) => id !== one.device))))
                  }
                >
                  {deviceName(one)}
                </Checkbox>
              ))}
            </fieldset>
          ) : null}
          <Actions>
            <Button onPress={onClose}>{t("cancel")}</Button>
            <Button kind="main" type="submit" isDisabled={busy || (task !== "first" && words.trim() === "")}>
              {t(`recovery.${task}.do`)}
            </Button>
          </Actions>
        </form>
      )}
    </Dialog>
  );
}
