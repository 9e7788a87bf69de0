import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AddressChoice, AppAddress } from "../../../api/web.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useValue } from "../../state/observable.ts";
import { Button } from "../common/button.tsx";
import { Choices } from "../common/choices.tsx";
import { CopyButton } from "../common/copy-button.tsx";
import { Field } from "../common/field.tsx";
import { Section } from "../common/page.tsx";
import { Qr } from "../common/qr.tsx";
import { Waiting } from "../common/states.tsx";
import { Sure } from "../common/sure.tsx";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

const WAYS = ["own-ca", "proxy", "acme", "files", "none"] as const;
type Way = (typeof WAYS)[number];

/** On the node: where phones find the app (W3). In a browser that is a device: the way that it takes home. */
export function Address(): ReactElement {
  const { isBrowser } = useApp();
  return <SectionPage id="address">{isBrowser ? <WayHome /> : <ForPhones />}</SectionPage>;
}

function WayHome(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const status = useValue(store.status);
  const devices = useValue(store.devices);
  useEffect(() => {
    void store.attempt(() => Promise.all([store.refreshStatus(), store.refreshDevices()]));
  }, [store]);
  if (!status) return <Waiting />;
  const nameOf = (id: string): string => cleanText(devices?.find(({ device }) => device === id)?.name ?? id);
  if (status.peers.length === 0)
    return (
      <Section title={t("address.away")} note={t("address.awayWhat")}>
        <ul>
          {(["on", "online", "forward"] as const).map((key) => (
            <li key={key}>{t(`address.awayDo.${key}`)}</li>
          ))}
        </ul>
      </Section>
    );
  return (
    <Section title={t("address.connected")}>
      <dl className="facts card">
        {status.peers.map(({ device, via, address }) => (
          <div key={device}>
            <dt>{nameOf(device)}</dt>
            <dd>
              {t(`address.via.${via}`)}
              <p className="small soft">
                <code>{address}</code>
              </p>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function ForPhones(): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [shown, setShown] = useState<AppAddress>();
  const [isChanging, setChanging] = useState(false);
  useEffect(() => {
    void store.attempt(() => store.client.call("web.address", {})).then(setShown);
  }, [store]);
  if (!shown) return <Waiting />;
  const isChosen = shown.choice.way !== "none";
  return (
    <>
      <p>{t("address.what")}</p>
      {isChosen ? <Chosen shown={shown} /> : null}
      {isChosen && !isChanging ? (
        <div>
          <Button onPress={() => setChanging(true)}>{t("address.change")}</Button>
        </div>
      ) : (
        <Choose
          shown={shown}
          onChosen={(next) => {
            setShown(next);
            setChanging(false);
          }}
        />
      )}
    </>
  );
}

function Chosen({ shown }: { shown: AppAddress }): ReactElement {
  const { t, i18n } = useTranslation();
  const { origin, problem, install, fingerprint, certificate } = shown;
  const open = install[0] ?? origin ?? "";
  return (
    <>
      {problem === null ? null : <p role="alert">{t("address.problem", { problem })}</p>}
      <dl className="facts card">
        <dt>{t("address.address")}</dt>
        <dd>
          <code>{origin}</code>
        </dd>
        <dt>{t("address.way")}</dt>
        <dd>{t(`address.ways.${shown.choice.way}`)}</dd>
        {fingerprint === null ? null : (
          <>
            <dt>{t("address.fingerprint")}</dt>
            <dd>
              <code>{fingerprint}</code>
            </dd>
          </>
        )}
        {certificate === null ? null : (
          <>
            <dt>{t("address.until")}</dt>
            <dd>{new Date(certificate.expires).toLocaleDateString(i18n.language)}</dd>
          </>
        )}
      </dl>
      <Section title={t("address.onPhone")} note={t(install.length > 0 ? "address.installFirst" : "address.openThis")}>
        <Qr text={open} label={open} />
        <code className="copied">{open}</code>
        <div>
          <CopyButton text={open} words={t("address.copy")} />
        </div>
        {install.length > 0 ? <p>{t("address.thenOpen", { origin })}</p> : null}
      </Section>
    </>
  );
}

interface Draft {
  way: Way;
  origin: string;
  contact: string;
  certificate: string;
  key: string;
}

function Choose({ shown, onChosen }: { shown: AppAddress; onChosen(next: AppAddress): void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [draft, setDraft] = useState<Draft>({
    way: shown.choice.way === "none" ? "own-ca" : shown.choice.way,
    origin: shown.origin ?? shown.suggested,
    ...{ contact: "", certificate: "", key: "" },
  });
  const [sure, setSure] = useState(false);
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes });
  const choose = async (anyway: boolean) => {
    const next = await store.attempt(() => store.client.call("web.choose", { choice: choiceOf(draft), anyway }));
    if (next) onChosen(next);
  };
  const isComplete = draft.way !== "files" || (draft.certificate !== "" && draft.key !== "");
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (shown.browsers > 0 && shown.origin !== draft.origin) setSure(true);
        else void choose(false);
      }}
    >
      <Choices
        label={t("address.choose")}
        value={draft.way}
        onChange={(way) => change({ way, origin: way === "own-ca" ? shown.suggested : (shown.origin ?? "") })}
        options={WAYS.map((value) => ({ value, label: t(`address.ways.${value}`), help: t(`address.waysWhat.${value}`) }))}
      />
      {draft.way === "none" ? null : (
        <Field
          label={t("address.address")}
          type="url"
          value={draft.origin}
          placeholder="https://chat.example.org"
          help={t(`address.originHelp.${draft.way}`)}
          onChange={(origin) => change({ origin })}
          isRequired
        />
      )}
      {draft.way === "acme" ? (
        <Field label={t("address.contact")} value={draft.contact} onChange={(contact) => change({ contact })} help={t("address.terms")} />
      ) : null}
      {draft.way === "files" ? (
        <>
          <Field
            label={t("address.certificateFile")}
            value={draft.certificate}
            onChange={(certificate) => change({ certificate })}
            isRequired
          />
          <Field label={t("address.keyFile")} value={draft.key} onChange={(key) => change({ key })} isRequired />
        </>
      ) : null}
      <p className="small soft">{t("address.forGood")}</p>
      <div>
        <Button kind="main" type="submit" isDisabled={!isComplete || (draft.way !== "none" && draft.origin === "")}>
          {t("address.use")}
        </Button>
      </div>
      <Sure
        isOpen={sure}
        title={t("address.change")}
        text={t("address.changeSure", { count: shown.browsers })}
        action={t("address.change")}
        onClose={() => setSure(false)}
        onSure={() => void choose(true)}
      />
    </form>
  );
}

function choiceOf({ way, origin, contact, certificate, key }: Draft): AddressChoice {
  switch (way) {
    case "none":
      return { way };
    case "acme":
      return { way, origin, challenge: "tls-alpn-01", ...(contact === "" ? {} : { contact }) };
    case "files":
      return { way, origin, certificate, key };
    default:
      return { way, origin };
  }
}
