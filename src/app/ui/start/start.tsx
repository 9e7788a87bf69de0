import { type ReactElement, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OwnDevice } from "../../connection/own-device.ts";
import { Button } from "../common/button.tsx";
import { Field } from "../common/field.tsx";

export function StartCard({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <main className="center">
      <section className="card" style={{ maxWidth: "34rem" }}>
        <h1>{title}</h1>
        {children}
      </section>
    </main>
  );
}

/** The first minute of a browser that is no device yet. */
export function Start({ own }: { own: OwnDevice }): ReactElement {
  const { t } = useTranslation();
  const [link, setLink] = useState("");
  const [name, setName] = useState(t("start.nameDefault"));
  const [step, setStep] = useState<"ask" | "waiting">("ask");
  const [code, setCode] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const join = () => {
    setStep("waiting");
    setFailure(undefined);
    own.join(link.trim(), name.trim(), {
      onCode: setCode,
      onFailed: ({ message }) => {
        setFailure(message);
        setCode(undefined);
        setStep("ask");
      },
    });
  };
  if (step === "waiting")
    return (
      <StartCard title={t("start.link")}>
        <p>{code === undefined ? t("start.waiting") : t("start.compare")}</p>
        {code === undefined ? null : <p className="code">{code}</p>}
        <Button onPress={() => own.cancelJoin()}>{t("cancel")}</Button>
      </StartCard>
    );
  return (
    <StartCard title={t("app")}>
      <p>{t("start.what")}</p>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          join();
        }}
      >
        <h2>{t("start.link")}</h2>
        <p className="soft small">{t("start.linkHow")}</p>
        <Field label={t("start.linkField")} value={link} onChange={setLink} isRequired />
        <Field label={t("start.nameField")} value={name} onChange={setName} isRequired />
        {failure === undefined ? null : <p role="alert">{failure}</p>}
        <Button kind="main" type="submit" isDisabled={link.trim() === "" || name.trim() === ""}>
          {t("start.go")}
        </Button>
      </form>
      <h2>{t("start.control")}</h2>
      <p className="soft small">{t("start.controlHow")}</p>
    </StartCard>
  );
}
