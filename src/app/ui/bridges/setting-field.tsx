import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import type { NetworkField } from "../../../api/bridges.ts";
import { cleanText } from "../../../security-labels/index.ts";
import { Field, Select, TextArea } from "../common/field.tsx";

interface SettingFieldProps {
  field: NetworkField;
  value: string;
  onChange(value: string): void;
}

/** One setting of a network; named in the person's language where it is known, else as the plugin calls it. */
export function SettingField({ field, value, onChange }: SettingFieldProps): ReactElement {
  const { t, i18n } = useTranslation();
  const name = `bridges.field.${field.id}`;
  const label = i18n.exists(`${name}.name`) ? t(`${name}.name`) : field.id;
  const help = i18n.exists(`${name}.help`) ? t(`${name}.help`) : cleanText(field.help, 512);
  const common = { label: field.required ? label : t("bridges.optional", { label }), value, onChange, help, isRequired: field.required };
  if (field.options)
    return (
      <Select
        {...common}
        options={[
          ...(field.required || field.default !== undefined ? [] : [{ value: "", label: "" }]),
          ...field.options.map((option) => ({
            value: option,
            label: i18n.exists(`${name}.options.${option}`) ? t(`${name}.options.${option}`) : option,
          })),
        ]}
      />
    );
  if (field.type === "file") return <TextArea {...common} rows={3} placeholder="-----BEGIN CERTIFICATE-----" />;
  return (
    <Field
      {...common}
      type={field.secret ? "password" : "text"}
      {...(field.secret ? { autoComplete: "new-password" } : {})}
      {...(field.type === "port" ? { inputMode: "numeric" as const } : {})}
    />
  );
}
