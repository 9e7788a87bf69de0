import { type ReactElement, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { linkIn, takeLinkFromAddress } from "../../connection/link-in-address.ts";
import type { OwnDevice } from "../../connection/own-device.ts";
import { wordsOfCode } from "../../texts/error-words.ts";
import { Button } from "../common/button.tsx";
import { Actions } from "../common/dialog.tsx";
import { Field } from "../common/field.tsx";
import { Camera } from "../common/icons.tsx";
import { Banner, Waiting } from "../common/states.tsx";
import { suggestedName } from "./device-name.ts";
import { Scanner } from "./scanner.tsx";

export function StartCard({ title, children }: { title: string; children: ReactNode }): ReactElement {
  const { t } = useTranslation();
  return (
    <main className="center">
      <div className="brand">
        <img src="/icon.svg" alt="" width="40" height="40" />
        <span>{t("app")}</span>
      </div>
      <section className="card">
        <h1>{title}</h1>
        {children}
      </section>
    </main>
  );
}

/** The first minute of a browser that is no device yet: K5, the new device's side. */
export function Start({ own }: { own: OwnDevice }): ReactElement {
  const { t } = useTranslation();
  const [link, setLink] = useState(() => takeLinkFromAddress() ?? "");
  const [name, setName] = useState(() => suggestedName(t));
  const [joining, setJoining] = useState(false);
  const [code, setCode] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const join = () => {
    setJoining(true);
    setFailure(undefined);
    own.join(linkIn(link) ?? link.trim(), name.trim(), {
      onCode: setCode,
      onFailed: (error) => {
        setFailure(error.code === "cancelled" ? undefined : wordsOfCode(error.code, error.message));
        setCode(undefined);
        setJoining(false);
      },
    });
  };
  if (joining) return <Joining code={code} onCancel={() => own.cancelJoin()} />;
  return (
    <StartCard title={t("start.welcome")}>
      <p>{t("start.what")}</p>
      {failure === undefined ? null : (
        <Banner tone="bad" isAlert>
          {failure}
        </Banner>
      )}
      <JoinForm {...{ link, setLink, name, setName }} onJoin={join} />
      <Elsewhere />
    </StartCard>
  );
}

interface JoinFormProps {
  link: string;
  setLink(link: string): void;
  name: string;
  setName(name: string): void;
  onJoin(): void;
}

function JoinForm({ link, setLink, name, setName, onJoin }: JoinFormProps): ReactElement {
  const { t } = useTranslation();
  const [scanning, setScanning] = useState(false);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onJoin();
      }}
    >
      <h2>{t("start.link")}</h2>
      <p className="soft small">{t("start.linkHow")}</p>
      <Button onPress={() => setScanning(true)} kind={link === "" ? "main" : undefined} wide>
        <Camera />
        {t("start.scan")}
      </Button>
      <Field label={t("start.linkField")} value={link} onChange={setLink} help={t("start.linkHelp")} isRequired />
      <Field label={t("start.nameField")} value={name} onChange={setName} isRequired />
      <Button kind={link === "" ? undefined : "main"} type="submit" isDisabled={link.trim() === "" || name.trim() === ""} wide>
        {t("start.go")}
      </Button>
      {scanning ? (
        <Scanner
          onFound={(found) => {
            setLink(found);
            setScanning(false);
          }}
          onClose={() => setScanning(false)}
        />
      ) : null}
    </form>
  );
}

function Joining({ code, onCancel }: { code: string | undefined; onCancel(): void }): ReactElement {
  const { t } = useTranslation();
  return (
    <StartCard title={code === undefined ? t("start.linking") : t("start.compareTitle")}>
      {code === undefined ? (
        <Waiting>{t("start.waiting")}</Waiting>
      ) : (
        <>
          <p>{t("start.compare")}</p>
          <p className="code" role="status">
            {code}
          </p>
          <Waiting>{t("start.confirmThere")}</Waiting>
        </>
      )}
      <Actions>
        <Button onPress={onCancel}>{t("cancel")}</Button>
      </Actions>
    </StartCard>
  );
}

/** What a browser cannot begin by itself, and where it begins. */
function Elsewhere(): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="stack tight">
      {(["control", "fresh", "restore"] as const).map((way) => (
        <details key={way} className="way">
          <summary>{t(`start.${way}`)}</summary>
          <p className="soft small">{t(`start.${way}How`)}</p>
        </details>
      ))}
    </div>
  );
}
