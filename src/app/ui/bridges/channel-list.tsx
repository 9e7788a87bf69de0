import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CommandAnswer } from "../../../api/bridges.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { Button } from "../common/button.tsx";
import { Dialog } from "../common/dialog.tsx";
import { Field } from "../common/field.tsx";
import { Row, Rows } from "../common/rows.tsx";
import { Waiting } from "../common/states.tsx";
import { useApp } from "../context.ts";

interface ChannelListProps {
  account: string;
  onChoose(channel: string): void;
  onClose(): void;
}

const LIST_MS = 60_000;

/** The network's own list of channels, by a word; asked for only when the person does, as it is long on large networks. */
export function ChannelList({ account, onChoose, onClose }: ChannelListProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [words, setWords] = useState("");
  const [answer, setAnswer] = useState<CommandAnswer | "asking">();
  const ask = async () => {
    setAnswer("asking");
    const call = () => store.client.call("bridge.command", { account, name: "list", args: words }, { timeout: LIST_MS });
    setAnswer(await store.attempt(call));
  };
  return (
    <Dialog title={t("bridges.channels")} isOpen onClose={onClose}>
      <form
        className="row"
        onSubmit={(event) => {
          // Dialogs stand in the tree of the form that opened them.
          event.stopPropagation();
          event.preventDefault();
          void ask();
        }}
      >
        <div className="grow">
          <Field label={t("bridges.channelWords")} type="search" value={words} onChange={setWords} />
        </div>
        <Button type="submit" kind="main">
          {t("bridges.channelAsk")}
        </Button>
      </form>
      {answer === "asking" ? <Waiting>{t("bridges.channelAsking")}</Waiting> : null}
      {answer !== undefined && answer !== "asking" ? <Found answer={answer} onChoose={onChoose} /> : null}
    </Dialog>
  );
}

function Found({ answer, onChoose }: { answer: CommandAnswer; onChoose(channel: string): void }): ReactElement {
  const { t } = useTranslation();
  const rows = answer.rows ?? [];
  if (rows.length === 0) return <p className="soft">{t("bridges.channelNone")}</p>;
  return (
    <Rows label={t("bridges.channels")}>
      {rows.map(({ channel = "", people = "", topic = "" }) => (
        <Row key={channel} title={<bdi className="strong">{cleanText(channel, 64)}</bdi>} text={<bdi>{cleanText(topic, 160)}</bdi>}>
          <span className="small soft">{t("bridges.people", { count: Number(people) })}</span>
          <Button onPress={() => onChoose(channel)} label={t("bridges.join", { channel: cleanText(channel, 64) })}>
            {t("bridges.joinShort")}
          </Button>
        </Row>
      ))}
    </Rows>
  );
}
