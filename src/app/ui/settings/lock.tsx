import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OwnDevice } from "../../connection/own-device.ts";
import type { LockChoice } from "../../worker/control.ts";
import { Button } from "../common/button.tsx";
import { Field, Select } from "../common/field.tsx";
import { Section } from "../common/page.tsx";
import { useApp } from "../context.ts";
import { SectionPage } from "./section-page.tsx";

const MINUTES = ["1", "5", "15", "60", "closing"] as const;
type Minutes = (typeof MINUTES)[number];
const SHORTEST = 8;

export function LockSettings(): ReactElement {
  const { t } = useTranslation();
  const { own } = useApp();
  return (
    <SectionPage id="lock">
      {own ? <Passphrase own={own} /> : <p>{t("lock.elsewhere")}</p>}
      <Storage />
    </SectionPage>
  );
}

function Passphrase({ own }: { own: OwnDevice }): ReactElement {
  const { t } = useTranslation();
  const [lock, setLock] = useState<LockChoice>();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [minutes, setMinutes] = useState<Minutes>("15");
  const [said, setSaid] = useState<{ text: string; bad: boolean }>();
  useEffect(() => own.onState((state) => setLock(state.is === "ready" ? state.lock : undefined)), [own]);
  const change = async (passphrase: string) => {
    try {
      await own.setLock(current, passphrase, minutes === "closing" ? null : Number(minutes));
      setSaid({ text: t("lock.done"), bad: false });
    } catch (error) {
      setSaid({ text: error instanceof Error ? error.message : t("lock.wrong"), bad: true });
    }
    for (const clear of [setCurrent, setNext, setAgain]) clear("");
  };
  const isShort = next !== "" && next.length < SHORTEST;
  return (
    <Section title={t("lock.title")} note={t("lock.what")}>
      <p>{t(lock ? "lock.isSet" : "lock.none")}</p>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change(next);
        }}
      >
        {lock ? (
          <Field
            label={t("lock.current")}
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={setCurrent}
            isRequired
          />
        ) : null}
        <Field
          label={t("lock.next")}
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={setNext}
          error={isShort ? t("lock.short") : undefined}
        />
        <Field
          label={t("lock.again")}
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          error={again !== "" && again !== next ? t("lock.differ") : undefined}
        />
        <Select<Minutes>
          label={t("lock.idle")}
          value={minutes}
          onChange={setMinutes}
          options={MINUTES.map((value) => ({
            value,
            label: value === "closing" ? t("lock.atClosing") : t("lock.minutes", { count: Number(value) }),
          }))}
        />
        {said ? <p role={said.bad ? "alert" : "status"}>{said.text}</p> : null}
        <div className="row">
          <Button kind="main" type="submit" isDisabled={next.length < SHORTEST || next !== again || (lock !== undefined && current === "")}>
            {t(lock ? "lock.change" : "lock.set")}
          </Button>
          {lock ? (
            <>
              <Button kind="bad" isDisabled={current === ""} onPress={() => void change("")}>
                {t("lock.off")}
              </Button>
              <Button onPress={() => own.lock()}>{t("lock.lockNow")}</Button>
            </>
          ) : null}
        </div>
      </form>
    </Section>
  );
}

/** What the browser promises of the storage, and how much there is. */
function Storage(): ReactElement | null {
  const { t } = useTranslation();
  const [persisted, setPersisted] = useState<boolean>();
  const [refused, setRefused] = useState(false);
  const [estimate, setEstimate] = useState<StorageEstimate>();
  useEffect(() => {
    void navigator.storage.persisted().then(setPersisted);
    void navigator.storage.estimate().then(setEstimate);
  }, []);
  if (persisted === undefined) return null;
  const megabytes = (bytes = 0) => Math.round(bytes / 1e6).toLocaleString();
  return (
    <Section title={t("lock.storage")} note={t(persisted ? "lock.persisted" : "lock.notPersisted")}>
      {estimate ? <p>{t("lock.usage", { used: megabytes(estimate.usage), quota: megabytes(estimate.quota) })}</p> : null}
      {refused ? <p role="status">{t("lock.persistRefused")}</p> : null}
      {persisted ? null : (
        <div>
          <Button
            onPress={() =>
              void navigator.storage.persist().then((kept) => {
                setPersisted(kept);
                setRefused(!kept);
              })
            }
          >
            {t("lock.persist")}
          </Button>
        </div>
      )}
    </Section>
  );
}
