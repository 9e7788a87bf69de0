import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NetworkField, NetworkRow } from "../../../api/bridges.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { Button } from "../common/button.tsx";
import { Dialog } from "../common/dialog.tsx";
import { Field } from "../common/field.tsx";
import { useApp } from "../context.ts";

/** A form made from what the plugin says that it needs. */
export function AddBridge({ network, onClose }: { network: NetworkRow; onClose(): void }): ReactElement {
  const { t } = useTranslation();
  const { store } = useApp();
  const [values, setValues] = useState<Record<string, string>>(() => defaults(network.fields));
  const save = () =>
    void store.attempt(async () => {
      const settings = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
      await store.client.call("bridge.add", { network: network.network, settings });
      await store.refreshBridges();
      onClose();
    });
  return (
    <Dialog title={`${t("bridges.add")}: ${cleanText(network.name, 64)}`} isOpen onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {network.fields.map((field) => (
          <SettingField
            key={field.id}
            field={field}
            value={values[field.id] ?? ""}
            onChange={(value) => setValues((before) => ({ ...before, [field.id]: value }))}
          />
        ))}
        <div className="row">
          <Button kind="main" type="submit">
            {t("bridges.save")}
          </Button>
          <Button onPress={onClose}>{t("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}

interface SettingFieldProps {
  field: NetworkField;
  value: string;
  onChange(value: string): void;
}

function SettingField({ field, value, onChange }: SettingFieldProps): ReactElement {
  const common = { label: field.id, value, onChange, help: cleanText(field.help, 512), isRequired: field.required };
  if (field.options)
    return (
      <label className="field">
        {field.id}
        <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
          {field.required ? null : <option value="" />}
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
        <span className="small soft">{cleanText(field.help, 512)}</span>
      </label>
    );
  return <Field {...common} type={field.secret ? "password" : "text"} />;
}

function defaults(fields: readonly NetworkField[]): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field.id, field.default ?? ""]));
}
