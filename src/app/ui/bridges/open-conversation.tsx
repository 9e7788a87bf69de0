import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../common/button.tsx";
import { Field } from "../common/field.tsx";
import { Search } from "../common/icons.tsx";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";
import { go } from "../route.ts";
import { ChannelList } from "./channel-list.tsx";

const OPEN_MS = 60_000;

/** A channel or a person by name, or a channel from the network's own list where it has one. */
export function OpenConversation({ account, onOpened }: { account: string; onOpened?: () => void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [target, setTarget] = useState("");
  const [busy, setBusy] = useState(false);
  const [listing, setListing] = useState(false);
  const { value: commands = [] } = useCall("bridge.commands", { account });
  const open = async (name: string) => {
    setBusy(true);
    const opened = await store.attempt(() => store.client.call("bridge.open", { account, target: name, wait: true }, { timeout: OPEN_MS }));
    setBusy(false);
    if (!opened) return;
    onOpened?.();
    go({ page: "chat", conversation: opened.conversation });
  };
  return (
    <form
      className="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        void open(target.trim());
      }}
    >
      <Field label={t("bridges.target")} value={target} onChange={setTarget} placeholder={t("bridges.targetLike")} />
      <div className="row">
        <Button type="submit" isDisabled={busy || target.trim() === ""}>
          {busy ? t("bridges.opening") : t("bridges.open")}
        </Button>
        {commands.some(({ name }) => name === "list") ? (
          <Button onPress={() => setListing(true)}>
            <Search />
            {t("bridges.channels")}
          </Button>
        ) : null}
      </div>
      {listing ? <ChannelList account={account} onChoose={(name) => void open(name)} onClose={() => setListing(false)} /> : null}
    </form>
  );
}
