import { type ReactElement, useId } from "react";

interface FieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  type?: "text" | "password" | "search" | "number";
  help?: string;
  isRequired?: boolean;
}

export function Field({ label, value, onChange, type = "text", help, isRequired = false }: FieldProps): ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...{ id, type, value, required: isRequired }}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        {...(help === undefined ? {} : { "aria-describedby": `${id}-help` })}
      />
      {help === undefined ? null : (
        <span id={`${id}-help`} className="small soft">
          {help}
        </span>
      )}
    </div>
  );
}
