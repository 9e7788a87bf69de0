import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NetworkRow } from "../../../api/bridges.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { errorWords } from "../../texts/error-words.ts";
import { Button } from "../common/button.tsx";
import { Actions, Dialog } from "../common/dialog.tsx";
import { Networks } from "../common/icons.tsx";
import { LabelMark } from "../common/label-mark.tsx";
import { Banner, Waiting } from "../common/states.tsx";
import { useApp } from "../context.ts";
import { BridgeForm } from "./bridge-form.tsx";
import { OpenConversation } from "./open-conversation.tsx";

interface AddBridgeProps {
  networks: readonly NetworkRow[];
  onClose(): void;
}

type Step =
  | { is: "network" }
  | { is: "settings"; network: NetworkRow; failure?: string }
  | { is: "connecting"; network: NetworkRow }
  | { is: "there"; account: string };

const ONLINE_MS = 60_000;

/** Network, settings, connecting, first conversation. */
export function AddBridge({ networks, onClose }: AddBridgeProps): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [only] = networks;
  const [step, setStep] = useState<Step>(networks.length === 1 && only ? { is: "settings", network: only } : { is: "network" });
  const connect = async (network: NetworkRow, settings: Record<string, string>) => {
    setStep({ is: "connecting", network });
    let account: string | undefined;
    try {
      ({ account } = await store.client.call("bridge.add", { network: network.network, settings }));
      await store.client.call("bridge.wait", { account }, { timeout: ONLINE_MS });
      setStep({ is: "there", account });
    } catch (error) {
      // What did not get online is not left behind: the form is still there to be corrected.
      if (account !== undefined) await store.client.call("bridge.remove", { account }).catch(() => undefined);
      setStep({ is: "settings", network, failure: errorWords(error) });
    }
    await store.attempt(() => store.refreshBridges());
  };
  const title = "network" in step ? t("bridges.addTo", { network: cleanText(step.network.name, 64) }) : t("bridges.add");
  return (
    <Dialog title={step.is === "there" ? t("bridges.there") : title} isOpen onClose={onClose}>
      {step.is === "network" ? <Choose networks={networks} onChoose={(network) => setStep({ is: "settings", network })} /> : null}
      {/* Stays while it connects, so that nothing has to be typed twice. */}
      {step.is === "settings" || step.is === "connecting" ? (
        <>
          {step.is === "settings" && step.failure !== undefined ? (
            <Banner tone="bad" isAlert>
              {step.failure}
            </Banner>
          ) : null}
          {step.is === "connecting" ? <Waiting>{t("bridges.connecting")}</Waiting> : null}
          <BridgeForm
            network={step.network}
            isHidden={step.is === "connecting"}
            onSave={(settings) => void connect(step.network, settings)}
            onCancel={onClose}
          />
        </>
      ) : null}
      {step.is === "there" ? (
        <>
          <Banner tone="good">{t("bridges.thereHow")}</Banner>
          <OpenConversation account={step.account} onOpened={onClose} />
          <Actions>
            <Button onPress={onClose}>{t("bridges.later")}</Button>
          </Actions>
        </>
      ) : null}
    </Dialog>
  );
}

function Choose({ networks, onChoose }: { networks: readonly NetworkRow[]; onChoose(network: NetworkRow): void }): ReactElement {
  return (
    <div className="stack tight">
      {networks.map((network) => (
        <Button key={network.network} onPress={() => onChoose(network)} wide>
          <Networks />
          <span className="grow" style={{ textAlign: "start" }}>
            {cleanText(network.name, 64)}
          </span>
          <LabelMark label={network.ceiling} />
        </Button>
      ))}
    </div>
  );
}
