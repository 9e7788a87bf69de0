import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NetworkField, NetworkRow } from "../../../api/bridges.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { useLabelWords } from "../../texts/use-label-words.ts";
import { Button } from "../common/button.tsx";
import { Actions } from "../common/dialog.tsx";
import { LabelMark } from "../common/label-mark.tsx";
import { SettingField } from "./setting-field.tsx";

interface BridgeFormProps {
  network: NetworkRow;
  isHidden: boolean;
  onSave(settings: Record<string, string>): void;
  onCancel(): void;
}

/** What most people need to say; all else lies behind "More settings". */
const COMMON = new Set(["nick", "password"]);

/** A form made from what the plugin says that it needs. */
export function BridgeForm({ network, isHidden, onSave, onCancel }: BridgeFormProps): ReactElement {
  const { t } = useTranslation();
  const { longWords } = useLabelWords();
  const [values, setValues] = useState<Record<string, string>>(() => defaults(network.fields));
  const first = network.fields.filter(({ id, required }) => required || COMMON.has(id));
  const more = network.fields.filter((field) => !first.includes(field));
  const field = (one: NetworkField) => (
    <SettingField
      key={one.id}
      field={one}
      value={values[one.id] ?? ""}
      onChange={(value) => setValues((before) => ({ ...before, [one.id]: value }))}
    />
  );
  return (
    <form
      className="stack"
      hidden={isHidden}
      onSubmit={(event) => {
        event.preventDefault();
        onSave(Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")));
      }}
    >
      {first.map(field)}
      {more.length === 0 ? null : (
        <details className="way">
          <summary>{t("bridges.more")}</summary>
          <div className="stack">{more.map(field)}</div>
        </details>
      )}
      <section className="stack tight card">
        <h3>{t("bridges.expect")}</h3>
        <div>
          <LabelMark label={network.ceiling} />
        </div>
        <p className="small">{t("bridges.ceiling", { words: longWords(network.ceiling) })}</p>
        <p className="small soft" lang="en">
          {cleanText(network.delivery.promise, 512)}
        </p>
        <p className="small soft">{t("bridges.stays")}</p>
      </section>
      <Actions>
        <Button onPress={onCancel}>{t("cancel")}</Button>
        <Button kind="main" type="submit">
          {t("bridges.save")}
        </Button>
      </Actions>
    </form>
  );
}

function defaults(fields: readonly NetworkField[]): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field.id, field.default ?? ""]));
}
