import { type ReactElement, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { chooseNotify, NOTIFY_OF, notifyChoice } from "../../notify/choice.ts";
import { type PushState, pushState, subscribe, unsubscribe } from "../../notify/push.ts";
import { Button } from "../common/button.tsx";
import { Choices } from "../common/choices.tsx";
import { Section } from "../common/page.tsx";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

type Permission = NotificationPermission | "unsupported";

const permission = (): Permission => ("Notification" in globalThis ? Notification.permission : "unsupported");

export function Notifications(): ReactElement {
  const { t } = useTranslation();
  const { isBrowser } = useApp();
  const [allowed, setAllowed] = useState(permission);
  const [choice, setChoice] = useState(notifyChoice);
  const change = (changes: Partial<typeof choice>) => {
    const chosen = { ...choice, ...changes };
    chooseNotify(chosen);
    setChoice(chosen);
  };
  return (
    <SectionPage id="notifications">
      {allowed === "granted" ? null : (
        <Section title={t(`notify.permission.${allowed}`)} note={t(`notify.permissionWhat.${allowed}`)}>
          {allowed === "default" ? (
            <div>
              <Button kind="main" onPress={() => void Notification.requestPermission().then(setAllowed)}>
                {t("notify.allow")}
              </Button>
            </div>
          ) : null}
        </Section>
      )}
      <Choices
        label={t("notify.of")}
        value={choice.of}
        onChange={(of) => change({ of })}
        options={NOTIFY_OF.map((value) => ({ value, label: t(`notify.ofWhat.${value}`) }))}
      />
      <Choices
        label={t("notify.content")}
        value={choice.content ? "shown" : "hidden"}
        onChange={(value) => change({ content: value === "shown" })}
        options={(["hidden", "shown"] as const).map((value) => ({ value, label: t(`notify.contentWhat.${value}`) }))}
      />
      {isBrowser && allowed === "granted" ? <Push /> : null}
    </SectionPage>
  );
}

/** Being woken up while the app is closed. */
function Push(): ReactElement | null {
  const { t } = useTranslation();
  const { store } = useApp();
  const [state, setState] = useState<PushState>();
  const [failed, setFailed] = useState(false);
  const look = useCallback(async () => setState(await store.attempt(() => pushState(store.client))), [store]);
  useEffect(() => void look(), [look]);
  const run = async (act: () => Promise<void>) => {
    setFailed(false);
    await act().catch(() => setFailed(true));
    await look();
  };
  if (!state) return null;
  return (
    <Section title={t("notify.push")} note={t(`notify.pushWhat.${state}`)}>
      {failed ? <p role="alert">{t("notify.pushFailed")}</p> : null}
      <div>
        {state === "off" ? (
          <Button kind="main" onPress={() => void run(() => subscribe(store.client))}>
            {t("notify.pushOn")}
          </Button>
        ) : null}
        {state === "on" ? <Button onPress={() => void run(() => unsubscribe(store.client))}>{t("notify.pushOff")}</Button> : null}
      </div>
    </Section>
  );
}
