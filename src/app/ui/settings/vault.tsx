import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../common/button.tsx";
import { Choices } from "../common/choices.tsx";
import { Field } from "../common/field.tsx";
import { Lock } from "../common/icons.tsx";
import { Section } from "../common/page.tsx";
import { Banner, Waiting } from "../common/states.tsx";
import { Sure } from "../common/sure.tsx";
import { useCall } from "../common/use-call.ts";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

const KINDS = ["file", "passphrase", "keyring", "systemd"] as const;
type Kind = (typeof KINDS)[number];

/** What keeps the key of everything at rest on the home PC. */
export function Vault(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const { value: shown, again } = useCall("vault.show", {});
  const [sure, setSure] = useState(false);
  const lock = () =>
    void store.attempt(async () => {
      await store.client.call("lock", {});
      await store.refreshStatus();
      await again();
    });
  if (!shown)
    return (
      <SectionPage id="vault">
        <Waiting />
      </SectionPage>
    );
  return (
    <SectionPage id="vault">
      <p className="soft">{t("vault.what")}</p>
      <Banner icon={<Lock />}>
        <p className="strong">{t(`vault.kind.${kindOf(shown.vault)}`)}</p>
        <p>{t(`vault.protects.${kindOf(shown.vault)}`)}</p>
      </Banner>
      {shown.locked ? (
        <Unlock isPassphrase={shown.vault === "passphrase"} onDone={() => void again()} />
      ) : (
        <>
          <Section title={t("vault.lock")} note={t(shown.vault === "passphrase" ? "vault.lockHow" : "vault.lockHowOther")}>
            <div>
              <Button onPress={() => setSure(true)}>
                <Lock />
                {t("vault.lockNow")}
              </Button>
            </div>
          </Section>
          <Change onDone={() => void again()} />
        </>
      )}
      <Sure
        isOpen={sure}
        title={t("vault.lockNow")}
        text={t("vault.lockSure")}
        action={t("vault.lockNow")}
        onClose={() => setSure(false)}
        onSure={lock}
      />
    </SectionPage>
  );
}

/** Of a later version perhaps another one. */
const kindOf = (vault: string): Kind | "other" => KINDS.find((kind) => kind === vault) ?? "other";

function Unlock({ isPassphrase, onDone }: { isPassphrase: boolean; onDone(): void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [secret, setSecret] = useState("");
  const unlock = () =>
    void store.attempt(async () => {
      await store.client.call("unlock", isPassphrase ? { passphrase: base64Of(secret) } : {});
      setSecret("");
      await store.refreshStatus();
      onDone();
    });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        unlock();
      }}
    >
      <Banner tone="warn">{t("vault.locked")}</Banner>
      {isPassphrase ? (
        <Field
          label={t("vault.passphrase")}
          type="password"
          autoComplete="current-password"
          value={secret}
          onChange={setSecret}
          isRequired
        />
      ) : null}
      <div>
        <Button kind="main" type="submit" isDisabled={isPassphrase && secret === ""}>
          {t("vault.unlock")}
        </Button>
      </div>
    </form>
  );
}

function Change({ onDone }: { onDone(): void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [kind, setKind] = useState<Kind | null>(null);
  const [secret, setSecret] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== "" && secret !== again;
  const needs = kind === "passphrase";
  const change = () =>
    void store.attempt(async () => {
      if (kind === null) return;
      await store.client.call("vault.change", { vault: kind, ...(needs ? { passphrase: base64Of(secret) } : {}) });
      setSecret("");
      setAgain("");
      setKind(null);
      store.notice.set({ message: t("vault.changed"), bad: false });
      onDone();
    });
  return (
    <Section title={t("vault.change")} note={t("vault.changeHow")}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          change();
        }}
      >
        <Choices<Kind>
          label={t("vault.choose")}
          value={kind}
          onChange={setKind}
          options={KINDS.map((value) => ({ value, label: t(`vault.kind.${value}`), help: t(`vault.protects.${value}`) }))}
        />
        {needs ? (
          <>
            <Field
              label={t("vault.new")}
              type="password"
              autoComplete="new-password"
              value={secret}
              onChange={setSecret}
              isRequired
              help={t("vault.newHow")}
            />
            <Field
              label={t("vault.newAgain")}
              type="password"
              autoComplete="new-password"
              value={again}
              onChange={setAgain}
              isRequired
              error={differs ? t("vault.differs") : undefined}
            />
          </>
        ) : null}
        <div>
          <Button type="submit" isDisabled={kind === null || (needs && (secret === "" || secret !== again))}>
            {t("vault.change")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

/** As the API takes it: a passphrase need not be text. */
function base64Of(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
